import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Bench, suites } from './benches.js';
import { type Comparison, describeComparison } from './comparison.js';
import { measureRates } from './machine-floor.js';
import { operatorTable } from './operator-profile.js';
import { pythonStack } from './python.js';
import { profileBench, runBench } from './run-bench.js';

const usage = `usage: npm run bench -- [name…] [options]
Times this project against PyTorch on the same work, both in processes of their own, round by round.

${Object.entries(suites)
  .flatMap(([suite, benches]) => [
    suite,
    ...benches.map(({ name, what, batch }) => `  ${name.padEnd(26)} ${what} (batch ${batch})`),
  ])
  .join('\n')}

A name is a suite's or a bench's; without one, those of the first suite run. Suites but the first write random weights of the
geometry that they are named after, gigabytes, into ~/.cache/bradley/bench, once.

  --model FOLDER    a diffusers folder (default models/emoji)
  --rounds N        measured rounds, instead of the bench's own
  --threads T       threads on each side (default 4)
  --batch N         images or pairs, instead of the bench's own
  --python PATH     interpreter with torch, diffusers, transformers and peft (default $BRADLEY_PYTHON or python3)
  --channels-last   PyTorch's UNet in NHWC memory order
  --profile         our side alone: time by type of operator, of the training steps
  --json FILE       write every measurement`;

const count = z.coerce.number().int().positive();
const optionsSchema = z.object({
  model: z.string().default(fileURLToPath(new URL('../../models/emoji', import.meta.url))),
  rounds: count.optional(),
  threads: count.default(4),
  batch: count.optional(),
  python: z.string().default(process.env.BRADLEY_PYTHON ?? 'python3'),
  'channels-last': z.boolean().default(false),
  profile: z.boolean().default(false),
  json: z.string().optional(),
});

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** The benches of a suite, or the one of that name. */
function named(name: string): readonly Bench[] {
  return suites[name] ?? Object.values(suites).flatMap((benches) => benches.filter((bench) => bench.name === name));
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      ...Object.fromEntries(
        ['model', 'rounds', 'threads', 'batch', 'python', 'json'].map((name) => [name, { type: 'string' as const }]),
      ),
      'channels-last': { type: 'boolean' },
      profile: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const parsed = optionsSchema.safeParse(values);
  const unknown = positionals.filter((name) => named(name).length === 0);
  if (unknown.length > 0 || !parsed.success) {
    if (unknown.length > 0) console.error(`There is no bench called ${unknown.join(', ')}.`);
    if (!parsed.success) console.error(z.prettifyError(parsed.error));
    console.error(usage);
    return 2;
  }
  const [first = ''] = Object.keys(suites);
  const wanted = positionals.length === 0 ? named(first) : positionals.flatMap(named);
  const { 'channels-last': channelsLast, python, profile, json, ...rest } = parsed.data;
  const options = { ...rest, model: resolve(rest.model), channelsLast };

  if (profile) {
    const rates = await measureRates(options.threads);
    console.log(`floor: ${(rates.flops / 1e9).toFixed(0)} GFLOP/s, ${(rates.bytes / 1e9).toFixed(0)} GB/s`);
    for (const bench of wanted.filter((bench) => bench.profile)) {
      const times = await profileBench(bench, { ...options, python: null });
      console.log(`${bench.name}\n${operatorTable(times, rates)}\n`);
    }
    return 0;
  }

  const stack = await pythonStack(python);
  console.log(
    'missing' in stack
      ? `${stack.missing}: our numbers only.`
      : `against ${Object.entries(stack.versions).flat().join(' ')}${channelsLast ? ', channels last' : ''}`,
  );
  const results: Comparison[] = [];
  for (const bench of wanted) {
    const result = await runBench(bench, { ...options, python: 'missing' in stack ? null : python });
    results.push(result);
    console.log(describeComparison(result));
  }
  if (json) {
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, threads: options.threads };
    await writeFile(json, `${JSON.stringify({ machine, python: stack, results }, null, 2)}\n`);
  }
  return 0;
}
