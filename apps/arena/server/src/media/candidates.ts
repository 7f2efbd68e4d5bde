import type { Modality } from '@bradley/arena-contract';
import { type Candidate, uploadedTo } from '@bradley/preferences';
import type { Arena } from '../context.js';

/** A candidate as it is sent in: a text, or media that were uploaded to the project. */
type SentCandidate = { readonly [Key in keyof Made | 'media']?: Candidate[Key] | undefined } & {
  readonly text?: string | undefined;
};
type Made = Omit<Candidate, 'media' | 'kind'>;

/** The media types that a project of a modality shows. A container of video may hold sound alone. */
const shows: Readonly<Record<Exclude<Modality, 'text'>, RegExp>> = {
  image: /^image\//,
  audio: /^(audio\/|video\/(mp4|webm)$)/,
  video: /^video\//,
};

/** Turns what was sent into candidates of the record, or says what is wrong with one. */
export type ToCandidate = (sent: SentCandidate) => Candidate | string;

/** @param files the sha256 of all that will be asked about */
export async function candidatesOf(
  arena: Arena,
  projectId: string,
  modality: Modality,
  files: readonly string[],
): Promise<ToCandidate> {
  const uploaded = await uploadedTo(arena.store, projectId, files);
  return ({ text, media = '', ...made }) => {
    const rest = known(made);
    if (text !== undefined)
      return modality === 'text' ? { ...rest, media: text, kind: 'text' } : `the project shows ${modality}, not text`;
    if (modality === 'text') return 'the project shows text, not media';
    const type = uploaded.get(media);
    if (type === undefined) return `${media} was not uploaded to this project: do that first`;
    if (!shows[modality].test(type)) return `${media} is ${type}, but the project shows ${modality}`;
    return { ...rest, media, ...(modality !== 'image' && { kind: modality }) };
  };
}

/** What is said of how it was made; what is not said is absent, not undefined. */
const known = (made: { readonly [Key in keyof Made]?: Made[Key] | undefined }): Made =>
  Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)) as Made;
