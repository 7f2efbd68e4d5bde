import { commandGenerator } from './command.js';
import type { GeneratorKind } from './generator-kind.js';
import { modelGenerator } from './model.js';
import { picturesGenerator } from './pictures.js';

/** Every kind of generator, by the key that makes it one: the first of these that it has. `model` is last, since pictures say what made them. */
export const generatorKinds = {
  command: commandGenerator,
  pictures: picturesGenerator,
  model: modelGenerator,
} as const satisfies Record<string, GeneratorKind>;

export type GeneratorName = keyof typeof generatorKinds;
