import { fileURLToPath } from 'node:url';

const shipped = new URL('../../../../../models/emoji-looks/', import.meta.url);

/** Where the labelling scorer that ships lies: a reward model. */
export const labellingScorerFolder = fileURLToPath(new URL('labelling-scorer/', shipped));

/** Where the convolutional judge that ships lies. */
export const judgeFolder = fileURLToPath(new URL('judge/', shipped));
