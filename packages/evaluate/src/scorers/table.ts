import { colourfulness } from './colourfulness.js';
import { jpegCompressibility, jpegIncompressibility } from './jpeg-size.js';
import { judge } from './judge.js';
import { palette } from './palette.js';
import type { ScorerKinds } from './scorer-kind.js';
import { symmetry } from './symmetry.js';

/** Every scorer, in the order of `bradley reward list`. */
export const scorerKinds: ScorerKinds = {
  'jpeg-compressibility': jpegCompressibility,
  'jpeg-incompressibility': jpegIncompressibility,
  colourfulness,
  symmetry,
  palette,
  judge,
};
