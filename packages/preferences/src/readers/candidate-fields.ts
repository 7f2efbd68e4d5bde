import { kindOfFile, looksLikeMedia } from '../media-kinds.js';
import type { Candidate, CandidateKind } from '../record.js';

/** What annotation tools and sets call the prompt, the usual first. */
export const promptNames = ['prompt', 'caption', 'instruction', 'question', 'query', 'input', 'text', 'title'] as const;

/** What they call the candidates, followed by a number, a letter, or left and right: `image_1`, `response-b`, `videoLeft`. */
const stems = [
  'image|img|picture|photo|jpg',
  'video',
  'audio|sound|music',
  'response|answer|completion|reply|output|generation|candidate|option|summary|translation|text',
].map((names) => new RegExp(`^(?:${names})s?[ _-]?(\\d{1,2}|[a-h]|left|right)$`, 'i'));

const sides = ['chosen', 'rejected'] as const;

/** The names of the fields that hold the candidates, in their order; fewer than two where there are none. */
export function candidateNames(fields: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(fields).filter((name) => typeof fields[name] === 'string');
  for (const stem of stems) {
    const found = names.flatMap((name) => {
      const place = stem.exec(name)?.[1]?.toLowerCase();
      return place === undefined ? [] : [{ name, place: place.padStart(5, '0') }];
    });
    if (found.length >= 2) return found.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ name }) => name);
  }
  return sides.every((side) => names.includes(side)) ? [...sides] : [];
}

/** A field's candidate: a file where the field's name or its value says so, else the text. */
export function candidateOf(name: string, value: string): Candidate {
  const kind = stemKinds.find(([stem]) => stem.test(name))?.[1];
  if (kind === undefined)
    return looksLikeMedia(value) ? { media: value, ...kindOfFile(value) } : { media: value, kind: 'text' };
  return kind === 'image' ? { media: value } : { media: value, kind };
}

const stemKinds: readonly (readonly [RegExp, CandidateKind | 'image'])[] = [
  [/^(?:image|img|picture|photo|jpg)/i, 'image'],
  [/^video/i, 'video'],
  [/^(?:audio|sound|music)/i, 'audio'],
];

/** The first field of those that a prompt may be in, candidates left out. */
export function promptOf(fields: Readonly<Record<string, unknown>>, candidates: readonly string[] = []): unknown {
  const name = promptNames.find((name) => typeof fields[name] === 'string' && !candidates.includes(name));
  return name && fields[name];
}
