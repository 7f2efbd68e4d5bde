import { commandGenerator } from './command.js';
import type { GeneratorKind } from './generator-kind.js';
import { modelGenerator } from './model.js';
import { picturesGenerator } from './pictures.js';

/** Every kind of generator, by the key that its settings begin with. */
export const generatorKinds = {
  model: modelGenerator,
  command: commandGenerator,
  pictures: picturesGenerator,
} as const satisfies Record<string, GeneratorKind>;

export type GeneratorName = keyof typeof generatorKinds;
