import { fileURLToPath } from 'node:url';

const shipped = new URL('../../../../../models/emoji-looks/', import.meta.url);

/** Where the labelling scorer that ships lies: a reward model. */
export const labellingScorerFolder = fileURLToPath(new URL('labelling-scorer/', shipped));

/** Where the convolutional judge that ships lies. */
export const judgeFolder = fileURLToPath(new URL('judge/', shipped));

/** The look persona's comparisons that ship: `train.jsonl` on labelling names, `heldout.jsonl` on those that nobody learns from, `images/`. */
export const lookComparisonsFolder = fileURLToPath(new URL('comparisons/', shipped));
