import { spawn } from 'node:child_process';

/** The program that opens an address, by the system. */
const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
  linux: ['xdg-open'],
};

/** Opens an address in the person's browser, where there is a screen to show it on. Says whether it tried; a failure is of no matter. */
export function openBrowser(address: string): boolean {
  const [program, ...options] = openers[process.platform] ?? [];
  const hasScreen = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  if (!program || !hasScreen) return false;
  spawn(program, [...options, address], { stdio: 'ignore', detached: true })
    .once('error', () => {})
    .unref();
  return true;
}
