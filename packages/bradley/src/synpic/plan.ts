import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseScorerSpec, readPromptFile } from '@bradley/evaluate';
import type { SynpicKind } from '@bradley/preferences';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../config/load-run-config.js';
import { scorerTable } from '../scorers.js';
import type { GeneratorKind } from './generators/generator-kind.js';
import { type GeneratorName, generatorKinds } from './generators/table.js';

const name = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/, '1 to 48 of a–z, 0–9 and -, no - at the ends');

const settingsFields = {
  lease: z
    .number()
    .min(1)
    .default(120)
    .describe('seconds after which the work of a worker that is not heard of is given to another'),
  attempts: z.int().positive().max(100).default(5).describe('how often a piece of work is tried'),
  batch: z.int().positive().max(256).default(1).describe('pictures that a worker scores together'),
  pricePerHour: z.number().nonnegative().default(0).describe('what an hour of one worker costs, in any money'),
};

/** What `synpic.yaml` says. */
const fileSchema = z.strictObject({
  name,
  prompts: z.union([z.string().min(1), z.array(z.string().regex(/\S/, 'is empty')).min(1)]),
  seed: z.int().nonnegative().default(0),
  generators: z.record(name, z.unknown()),
  scorers: z.array(z.string().min(1)).min(1),
  ...settingsFields,
});

/** A generator with all that its pictures depend on. */
export const generatorSchema = z.object({
  kind: z.enum(Object.keys(generatorKinds) as [GeneratorName, ...GeneratorName[]]),
  settings: z.record(z.string(), z.unknown()),
  /** What pins its pictures beyond the settings. */
  pins: z.record(z.string(), z.string()),
});
export type PlannedGenerator = z.infer<typeof generatorSchema>;

/** A Syn-Pic job as the store keeps it: everything that is to be made, wherever it is read from. */
export const planSchema = z.object({
  name,
  prompts: z.array(z.string()),
  /** Of the first prompt; the next one's is 1 more. Every generator is given the same. */
  seed: z.int(),
  generators: z.record(name, generatorSchema),
  scorers: z.array(z.string()),
  ...settingsFields,
});
export type Plan = z.infer<typeof planSchema>;

/**
 * Reads a Syn-Pic file. Paths in it are from its folder, which becomes the working directory of the workers.
 * @throws ConfigError listing all that is wrong with it
 */
export async function loadPlan(file: string): Promise<{ plan: Plan; base: string }> {
  const base = dirname(resolve(file));
  const read = fileSchema.safeParse(await readYaml(file));
  if (!read.success)
    throw problems(
      file,
      read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    );
  const { prompts: named, generators: asked, scorers, ...rest } = read.data;
  const found: string[] = [];
  const generators: Record<string, PlannedGenerator> = {};
  for (const [of, value] of Object.entries(asked)) {
    const planned = readGenerator(value);
    if ('wrong' in planned) found.push(...planned.wrong.map((text) => `generators.${of}${text}`));
    else generators[of] = planned;
  }
  for (const spec of scorers) {
    try {
      parseScorerSpec(spec, scorerTable);
    } catch (error) {
      found.push(`scorers: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (new Set(scorers).size < scorers.length) found.push('scorers: one is there twice');
  if (Object.keys(asked).length < 2) found.push('generators: a ranking needs two or more');
  const twins = Object.values(generators).map((one) => JSON.stringify(materialOf(one)));
  if (new Set(twins).size < twins.length) found.push('generators: two are the same, and would make the same pictures');
  if (found.length > 0) throw problems(file, found);
  const prompts =
    typeof named === 'string' ? (await readPromptFile(resolve(base, named))).prompts.map((one) => one.prompt) : named;
  return { plan: { ...rest, prompts: [...new Set(prompts)], generators, scorers }, base };
}

async function readYaml(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new ConfigError(
      `${file}: there is no such file. It should be the YAML file of a Syn-Pic job: see docs/synpic.md.`,
    );
  });
  try {
    return parse(text) ?? {};
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new ConfigError(`${file} is not valid YAML: ${error.message}`);
  }
}

function problems(file: string, found: readonly string[]): ConfigError {
  return new ConfigError([`${file} is not a Syn-Pic job:`, ...found.map((text) => `  ${text}`)].join('\n'));
}

/** A generator by the kind whose key it has, or what is wrong with it. */
function readGenerator(value: unknown): PlannedGenerator | { readonly wrong: readonly string[] } {
  const entries: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const names = Object.keys(generatorKinds) as GeneratorName[];
  const kind = names.find((key) => Object.hasOwn(entries, key));
  if (kind === undefined) return { wrong: [`: expected one of ${names.join(', ')}, found ${JSON.stringify(value)}`] };
  const { success, data, error } = generatorKinds[kind].settings.safeParse(value);
  if (success) return { kind, settings: data, pins: {} };
  return { wrong: error.issues.map(({ path, message }) => `.${path.join('.') || kind}: ${message}`) };
}

/** The plan with what pins each generator's pictures. Paths are from the working directory. */
export async function pinPlan(plan: Plan): Promise<Plan> {
  const generators = { ...plan.generators };
  for (const [of, generator] of Object.entries(generators))
    generators[of] = { ...generator, pins: await kindOf(generator).pin(generator.settings) };
  return { ...plan, generators };
}

/** A generator without the settings that its pictures do not depend on. */
export function materialOf(generator: PlannedGenerator): PlannedGenerator {
  const { immaterial } = kindOf(generator);
  const settings = Object.entries(generator.settings).filter(([of]) => !immaterial.includes(of));
  return { ...generator, settings: Object.fromEntries(settings) };
}

export const kindOf = ({ kind }: Pick<PlannedGenerator, 'kind'>): GeneratorKind => generatorKinds[kind];

/** Of two that differ in nothing that their results depend on, the id is the same: 32 hex digits as a UUID. */
export function jobId(of: { readonly kind: SynpicKind } & Readonly<Record<string, unknown>>): string {
  const hex = createHash('sha256').update(canonical(of)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** JSON with the keys of every object in order: a database does not keep theirs. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, of]) => of !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, of]) => `${JSON.stringify(key)}:${canonical(of)}`)
    .join(',')}}`;
}
