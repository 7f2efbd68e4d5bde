import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** `up`; `down`: nothing gets through; `lossy`: what is asked arrives, the answer does not. */
export type NetworkState = 'up' | 'down' | 'lossy';

export interface Network {
  readonly origin: string;
  state: NetworkState;
  /** Where what comes in is passed on to. */
  target: number;
  close(): Promise<void>;
}

/** What lies between a product and the server, which can be cut. */
export async function openNetwork(): Promise<Network> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (network.state === 'down') return client.destroy();
    const upstream = connect(network.target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (network.state === 'down') client.destroy();
      else upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (network.state === 'up') client.write(chunk);
      else client.destroy();
    });
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const network: Network = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state: 'up',
    target: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return network;
}
