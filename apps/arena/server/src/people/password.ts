import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

/** OWASP's second choice for scrypt: 64 MiB a guess. Runs in the thread pool, so that votes go on meanwhile. */
const cost = { N: 2 ** 16, r: 8, p: 2 } as const;
const options = { ...cost, maxmem: 2 * 128 * cost.N * cost.r };
const bytes = 32;

/** `scrypt$N$r$p$salt$key`: it says its own cost, so that a later one can be told apart. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password.normalize('NFKC'), salt, bytes, options);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [, n, r, p, salt = '', key = ''] = hash.split('$');
  const expected = Buffer.from(key, 'base64url');
  const given = { ...options, N: Number(n), r: Number(r), p: Number(p) };
  const found = await derive(password.normalize('NFKC'), Buffer.from(salt, 'base64url'), bytes, given);
  return expected.length === found.length && timingSafeEqual(expected, found);
}
