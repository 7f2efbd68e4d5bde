import { ldmUNetNames, type UNetBlocks } from './ldm-unet.js';
import type { LoraBase } from './lora-layout.js';
import { renaming } from './module-names.js';

/** The blocks of the released models. */
export const unetBlocks = {
  sd1: { blocks: 4, layers: 2, attendedUp: [false, true, true, true] },
  sd2: { blocks: 4, layers: 2, attendedUp: [false, true, true, true] },
  sdxl: { blocks: 3, layers: 2, attendedUp: [true, true, false] },
} as const satisfies Record<string, UNetBlocks>;

/** All released models have blocks of two layers, so that their names mean the same; only upsamplers stand elsewhere. */
const released = renaming([...ldmUNetNames(unetBlocks.sd1), ...ldmUNetNames(unetBlocks.sdxl)]);

const renamings = new WeakMap<UNetBlocks, typeof released>();
function renamingOf(blocks: UNetBlocks): typeof released {
  const known = renamings.get(blocks) ?? renaming(ldmUNetNames(blocks));
  renamings.set(blocks, known);
  return known;
}

/** The layer of an original name; where the model is not known, of a released one. Undefined where there is none. */
export function fromOriginalUNet(name: string, base: LoraBase | null): string | undefined {
  return (base?.unet ? renamingOf(base.unet) : released).toDiffusers(name);
}

/** The original name of a layer; undefined where there is none, or the model is not known. */
export function toOriginalUNet(layer: string, { unet }: LoraBase): string | undefined {
  return unet ? renamingOf(unet).toLdm(layer) : undefined;
}
