/** Made pictures and prompts, the same numbers on both sides: `peers/synthetic_pairs.py`. */

/** The numbers of `pictures` normalised pictures, one after the other: (3, side, side) each. */
export function syntheticPictures(pictures: number, side: number): Float32Array[] {
  const length = 3 * side * side;
  return Array.from({ length: pictures }, (_, i) =>
    Float32Array.from({ length }, (_, at) => Math.sin(((i * length + at) % 10_007) * 0.37)),
  );
}

/** Token ids of `prompts` prompts, of at most `vocabulary`; the last of each is the largest, as CLIP's end of text. */
export function syntheticPrompts(prompts: number, length: number, vocabulary: number): number[][] {
  return Array.from({ length: prompts }, (_, i) =>
    Array.from({ length }, (_, at) =>
      at === length - 1 ? vocabulary - 1 : (i * 7919 + at * 104_729) % (vocabulary - 2),
    ),
  );
}
