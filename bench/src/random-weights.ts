import { join } from 'node:path';
import { float32ToFloat16, type Tensor, writeFileAtomic, writeSafetensors } from '@bradley/formats';
import type { Initial } from '@bradley/models';
import { uniform } from '@bradley/runtime';
import type { Storage } from './geometries.js';

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
}

/** Shards of at most this many bytes, as the hub's files are. */
const shardBytes = 2 ** 31;

export const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

export type Draw = (parameter: Parameter) => Float32Array;

/** Numbers of the right spread, from one table that is read on and on: quicker than as many true draws. */
export function drawer(): Draw {
  const table = uniform({ seed: 0, stream: 'geometry', step: 0, index: 0 }, 1_048_573);
  let at = 0;
  return ({ shape, initial }) => {
    const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
    if (initial.kind === 'ones') return values.fill(1);
    if (initial.kind === 'zeros') return values;
    const bound = 'bound' in initial ? initial.bound : 'deviation' in initial ? initial.deviation * Math.sqrt(3) : 0;
    for (let i = 0; i < values.length; i++) {
      values[i] = (2 * (table[at] as number) - 1) * bound;
      at = at + 1 < table.length ? at + 1 : 0;
    }
    return values;
  };
}

/** A checkpoint as the hub has it: one file, or shards and their index. */
export async function writeShards(
  folder: string,
  file: string,
  parameters: readonly Parameter[],
  storage: Storage,
  draw: Draw,
): Promise<void> {
  const width = storage === 'fp32' ? 4 : 2;
  const bytes = ({ shape }: Parameter): number => width * shape.reduce((product, n) => product * n, 1);
  const shards: Parameter[][] = [[]];
  let filled = 0;
  for (const parameter of parameters) {
    if (filled + bytes(parameter) > shardBytes) {
      shards.push([]);
      filled = 0;
    }
    filled += bytes(parameter);
    shards.at(-1)?.push(parameter);
  }
  const nameOf = (i: number): string =>
    shards.length === 1
      ? `${file}.safetensors`
      : `${file}-${String(i + 1).padStart(5, '0')}-of-${String(shards.length).padStart(5, '0')}.safetensors`;
  for (const [i, shard] of shards.entries()) {
    const tensors = shard.map((parameter): [string, Tensor] => {
      const { name, shape } = parameter;
      const values = draw(parameter);
      return storage === 'fp32'
        ? [name, { dtype: 'float32', shape, data: values }]
        : [name, { dtype: 'float16', shape, data: float32ToFloat16(values) }];
    });
    await writeSafetensors(join(folder, nameOf(i)), new Map(tensors), { format: 'pt' });
  }
  if (shards.length === 1) return;
  const weightMap = shards.flatMap((shard, i) => shard.map(({ name }) => [name, nameOf(i)]));
  const total = parameters.reduce((sum, parameter) => sum + bytes(parameter), 0);
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(weightMap) };
  await writeFileAtomic(join(folder, `${file}.safetensors.index.json`), json(index));
}
