import { aesthetic } from './aesthetic.js';
import { clip } from './clip.js';
import { colourfulness } from './colourfulness.js';
import { emoji } from './emoji.js';
import { hps, hpsV21 } from './hps.js';
import { imageReward } from './image-reward.js';
import { jpegCompressibility, jpegIncompressibility } from './jpeg-size.js';
import { judge } from './judge.js';
import { palette } from './palette.js';
import { pickscore } from './pickscore.js';
import { reward } from './reward.js';
import type { ScorerKinds } from './scorer-kind.js';
import { symmetry } from './symmetry.js';

/** Every scorer, in the order of `bradley reward list`. */
export const scorerKinds: ScorerKinds = {
  clip,
  pickscore,
  hps,
  'hps-v2.1': hpsV21,
  'image-reward': imageReward,
  aesthetic,
  emoji,
  reward,
  'jpeg-compressibility': jpegCompressibility,
  'jpeg-incompressibility': jpegIncompressibility,
  colourfulness,
  symmetry,
  palette,
  judge,
};
