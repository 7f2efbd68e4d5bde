import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, shown once: what the store keeps is their hash, which needs no salt against so many. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
