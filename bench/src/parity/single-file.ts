import {
  float32Tensor,
  type LdmLayout,
  ldmPrefix,
  type PipelinePart,
  readLdm,
  sourceOf,
  type TensorEntry,
  writeLdm,
} from '@bradley/formats';
import type { Case, RunResult } from './case.js';

/** The tables of the case, by the layout whose files have those names and the network they are of. */
const tables: Readonly<Record<string, readonly [LdmLayout, PipelinePart]>> = {
  unet_sd15: ['sd1', 'unet'],
  unet_sdxl: ['sdxl', 'unet'],
  vae: ['sd1', 'vae'],
};

/** Names of single files as diffusers converts them: the number that we convert otherwise, each way. */
export async function singleFileCase(of: Case): Promise<RunResult[]> {
  const { table } = of.json as unknown as { table: Record<string, [string, string][]> };
  const results: RunResult[] = [];
  for (const [name, pairs] of Object.entries(table)) {
    const [layout, part] = tables[name] ?? [];
    if (!layout || !part) throw new Error(`${of.name}.json has a table ${name}, which no layout is known for`);
    const read = offsetsRead(
      layout,
      part,
      pairs.map(([ldm]) => ldm),
    );
    const written = await offsetsWritten(
      layout,
      part,
      pairs.map(([, diffusers]) => diffusers),
    );
    results.push(
      compare(
        `${of.name}/${name}/read`,
        pairs.map(([, diffusers]) => diffusers),
        read,
      ),
      compare(
        `${of.name}/${name}/written`,
        pairs.map(([ldm]) => ldm),
        written,
      ),
    );
  }
  return results;
}

const shape = [1, 1];

/** Which tensor of a file, by its place in the list, has which name once it is read. */
function offsetsRead(layout: LdmLayout, part: PipelinePart, names: readonly string[]): Map<string, number> {
  const entry = (offset: number): TensorEntry => ({ dtype: 'float32', shape, offset, byteLength: 4 });
  const others = (['unet', 'vae', 'text_encoder', 'text_encoder_2'] as const).flatMap((other) => {
    const prefix = other === part ? undefined : ldmPrefix(layout, other);
    return prefix === undefined
      ? []
      : [[other === 'unet' ? `${prefix}out.0.weight` : `${prefix}any`, entry(-1)] as const];
  });
  const { parts } = readLdm(new Map([...others, ...names.map((name, i) => [name, entry(i)] as const)]));
  return new Map([...(parts[part] ?? [])].map(([name, { offset }]) => [name, offset]));
}

/** Which tensor of a network has which name once it is written; its number is what it holds. */
async function offsetsWritten(
  layout: LdmLayout,
  part: PipelinePart,
  names: readonly string[],
): Promise<Map<string, number>> {
  const sources = names.map((name, i) => [name, sourceOf(float32Tensor([1], Float32Array.of(i)))] as const);
  const found = new Map<string, number>();
  for (const [name, source] of writeLdm(layout, { [part]: new Map(sources) }))
    found.set(name, Number((await source.read()).data[0]));
  return found;
}

function compare(name: string, expected: readonly string[], found: ReadonlyMap<string, number>): RunResult {
  const wrong = expected.filter((tensor, i) => found.get(tensor) !== i);
  const error = wrong.length + Math.max(0, found.size - expected.length);
  return { name, error, tolerance: 0, ...(wrong[0] === undefined ? {} : { at: wrong[0] }) };
}
