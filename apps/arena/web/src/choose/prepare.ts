import type { Presentation } from '@bradley/arena-contract';
import type { Queue } from './queue.js';

/**
 * Fetches and decodes the media of what comes next, so that the swap has nothing to wait for. Pictures that are kept here stay
 * decoded; the browser may drop those that are let go.
 */
export interface Prepared {
  readonly prepare: (queue: Queue) => void;
  /** Resolves once the pictures of a presentation can be painted at once; pictures that cannot be loaded hold nothing up. */
  readonly ready: (presentation: Presentation) => Promise<unknown>;
}

export function preparedMedia(): Prepared {
  const pictures = new Map<string, { image: HTMLImageElement; decoded: Promise<void> }>();
  const addresses = ({ candidates, modality }: Presentation): string[] =>
    modality === 'image' ? candidates.flatMap(({ address }) => address ?? []) : [];

  const decode = (address: string): Promise<void> => {
    const known = pictures.get(address);
    if (known) return known.decoded;
    const image = new Image();
    image.src = address;
    const decoded = image.decode().catch(() => undefined);
    pictures.set(address, { image, decoded });
    return decoded;
  };

  return {
    prepare({ ready, answered }) {
      // The last answered stay too: undo brings them back.
      const wanted = new Set([...ready, ...answered.slice(-2)].flatMap(addresses));
      for (const address of wanted) void decode(address);
      for (const address of pictures.keys()) if (!wanted.has(address)) pictures.delete(address);
    },
    ready: (presentation) => Promise.all(addresses(presentation).map(decode)),
  };
}
