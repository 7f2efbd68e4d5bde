import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type Purpose, tables } from '@bradley/preferences';

/** One showing of a task to one rater: all that is needed to record the answer to it. */
export interface Sealed {
  /** Of this showing: a comparison is recorded as `<presentation>.<question>`. */
  readonly presentation: string;
  readonly project: string;
  readonly task: string;
  readonly rater: string;
  /** The order on screen: `shown[0]` is the index of the candidate that stands first. */
  readonly shown: readonly number[];
  readonly purpose: Purpose;
  /** Ids of the questions that are asked. */
  readonly questions: readonly string[];
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
}

/** Why a token is worth nothing. */
export type SealFault = 'forged' | 'expired';

export interface Seal {
  seal(presentation: Sealed): string;
  open(token: string, now?: number): Sealed | SealFault;
}

const { purposes } = tables;
const day = 86_400_000;
const version = Buffer.from([1]);
const ivBytes = 12;
const tagBytes = 16;
/** Tokens are as long as the next multiple of this, so that their length does not tell tasks apart. */
const block = 128;

/**
 * Presentations as tokens that only this arena can make or read: AES-256-GCM under a key derived from the arena's secret. The
 * server remembers none of them, so they outlive its restart; whoever holds one learns nothing from it, not the order of the
 * sides and not whether the answer is known. Random nonces of 96 bits are good for 2³² tokens of one secret (NIST SP 800-38D, 8.3).
 */
export function openSeal(secret: Uint8Array): Seal {
  const key = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), 'bradley arena presentation', 32));
  return {
    seal(presentation) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(version);
      const sealed = Buffer.concat([cipher.update(pad(JSON.stringify(cells(presentation)))), cipher.final()]);
      return Buffer.concat([version, iv, sealed, cipher.getAuthTag()]).toString('base64url');
    },
    open(token, now = Date.now()) {
      const text = decrypt(key, Buffer.from(token, 'base64url'));
      if (text === null) return 'forged';
      const presentation = fromCells(JSON.parse(text) as Cells);
      return now - presentation.issuedAt > day ? 'expired' : presentation;
    },
  };
}

function decrypt(key: Uint8Array, bytes: Buffer): string | null {
  const body = version.length + ivBytes;
  if (bytes.length < body + tagBytes || bytes[0] !== version[0]) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(version.length, body))
    .setAAD(version)
    .setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(body, -tagBytes)), decipher.final()]).toString();
  } catch {
    return null;
  }
}

/** JSON may end in spaces. */
function pad(json: string): Buffer {
  const bytes = Buffer.from(json);
  return Buffer.concat([bytes, Buffer.alloc((block - (bytes.length % block)) % block, ' ')]);
}

type Cells = [string, string, string, string, number[], number, string[], number];

function cells(sealed: Sealed): Cells {
  const { presentation, project, task, rater, shown, purpose, questions, issuedAt } = sealed;
  return [presentation, project, task, rater, [...shown], purposes.indexOf(purpose), [...questions], issuedAt];
}

function fromCells([presentation, project, task, rater, shown, purpose, questions, issuedAt]: Cells): Sealed {
  const name = purposes[purpose];
  if (name === undefined) throw new Error(`a sealed presentation has the purpose ${purpose}`);
  return { presentation, project, task, rater, shown, purpose: name, questions, issuedAt };
}
