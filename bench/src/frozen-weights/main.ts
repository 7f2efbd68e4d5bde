import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { readSafetensors } from '@bradley/formats';
import { openDiffusionModel } from '@bradley/models';
import { allocatorEnvironment, type FrozenPrecision, frozenPart } from '@bradley/train';
import { z } from 'zod';
import { trueGeometry } from '../true-geometry.js';
import { deviation, type StepResult, summarise } from './compare.js';
import { timeKernels } from './kernels.js';
import { describeTrained, trainOver } from './training.js';
import { withTensors, writeBlocks, writeSpread } from './variants.js';

const usage = `usage: npm run bench:frozen-weights -- [options]
What float16 and int8 frozen weights change in a LoRA step of Diffusion-DPO: the same noise, timesteps and batches on float32.

  --model FOLDER     a diffusers folder (default models/emoji, on its own comparisons)
  --geometry NAME    random weights of a true geometry instead: sd15 or sdxl, on random latents
  --data PATH        comparisons to take batches from (default random latents)
  --pairs N          pairs in a batch (default 8; 1 with --geometry)
  --draws N          batches (default 10; 3 with --geometry)
  --smallest N       tensors of fewer numbers are not rounded (default 2^18; 1 for models/emoji, which has no larger ones)
  --beta B           of the objective (default 30; 5000 with --geometry)
  --blocks N         also int8 with a scale for each block of N inputs (not a choice of runs: computed in float32)
  --recompute        compute the insides of blocks again on the way back
  --threads T        (default 4)
  --train N          also train a LoRA on comparisons of designs for N steps over each, and judge it (models/emoji only)
  --kernels          only time ONNX Runtime's ways from few bits to float32`;

const emoji = fileURLToPath(new URL('../../../models/emoji', import.meta.url));
const count = z.coerce.number().int().positive();
const schema = z.object({
  model: z.string().optional(),
  geometry: z.string().optional(),
  data: z.string().optional(),
  pairs: count.optional(),
  draws: count.optional(),
  smallest: count.optional(),
  beta: z.coerce.number().positive().optional(),
  blocks: count.optional(),
  train: count.optional(),
  threads: count.default(4),
});

const factsSchema = z.object({
  seconds: z.array(z.number()),
  converted: z.number(),
  file: z.string().nullable(),
  peak: z.number(),
  tensors: z.number(),
});

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;

const { values } = parseArgs({
  options: {
    ...Object.fromEntries(Object.keys(schema.shape).map((name) => [name, { type: 'string' as const }])),
    recompute: { type: 'boolean' },
    kernels: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const parsed = schema.safeParse(values);
if (values.help || !parsed.success) {
  if (!parsed.success && !values.help) console.error(z.prettifyError(parsed.error));
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}
const scratch = await mkdtemp(join(tmpdir(), 'frozen-weights-'));
try {
  if (values.kernels) await printKernels([parsed.data.threads, 1]);
  else await main(parsed.data);
} finally {
  await rm(scratch, { recursive: true });
}

async function printKernels(threads: readonly number[]): Promise<void> {
  console.log('14.7 million numbers (1280×1280×3×3) to float32, milliseconds\n');
  console.log(
    `| | ${threads.map((count) => `${count} thread${count === 1 ? '' : 's'}`).join(' | ')} |\n|---|${'---|'.repeat(threads.length)}`,
  );
  for (const { way, milliseconds } of await timeKernels(threads))
    console.log(`| ${way} | ${milliseconds.map((ms) => ms.toFixed(1)).join(' | ')} |`);
}

async function main(given: z.infer<typeof schema>): Promise<void> {
  const { geometry, blocks } = given;
  const ownData = !geometry && given.model === undefined;
  const model = geometry ? await trueGeometry(geometry, 'fp32') : resolve(given.model ?? emoji);
  const { unet } = await openDiffusionModel(model);
  const smallest = given.smallest ?? (ownData ? 1 : 2 ** 18);
  const data = given.data ?? (ownData ? join(emoji, 'comparisons', 'train.jsonl') : undefined);
  const shared = {
    model,
    smallest,
    ...(data ? { data } : {}),
    pairs: given.pairs ?? (geometry ? 1 : 8),
    draws: given.draws ?? (geometry ? 3 : 10),
    beta: given.beta ?? (geometry ? 5000 : 30),
    threads: given.threads,
    recompute: values.recompute === true,
  };
  let exact: string | undefined;
  if ([...unet.tensors.values()].some(({ dtype }) => dtype !== 'float32')) {
    exact = join(scratch, 'exact.safetensors');
    await writeSpread(exact, unet);
    console.log('The model is stored in float16. Its float32 is each number spread evenly over what rounds to it.\n');
  }
  const run = async (title: string, precision: FrozenPrecision, file = exact) => {
    const output = join(scratch, 'results.safetensors');
    const began = performance.now();
    await frozenPart(file ? await withTensors(unet, file) : unet, precision, scratch, { smallest });
    const rounding = (performance.now() - began) / 1000;
    const facts = await work({ ...shared, cache: scratch, precision, ...(file ? { unet: file } : {}), output });
    return { title, facts, rounding, steps: await readSteps(output, shared.draws) };
  };
  const reference = await run('float32', 'stored');
  const rows = [reference, await run('float16', 'float16'), await run('int8', 'int8')];
  if (blocks) {
    const path = join(scratch, 'blocks.safetensors');
    await writeBlocks(path, exact ? await withTensors(unet, exact) : unet, blocks, smallest);
    rows.push(await run(`int8, blocks of ${blocks}`, 'stored', path));
  }
  console.log(
    `${model}: ${shared.draws} batches of ${shared.pairs}, losses ${reference.steps.map(({ loss }) => loss.toFixed(3)).join(' ')}`,
  );
  console.log(
    '| frozen weights | prediction | loss | gradient | cosine | tensors | file | rounding | step | peak memory |',
  );
  console.log(`|${'---|'.repeat(10)}`);
  for (const { title, facts, rounding, steps } of rows) {
    const far = summarise(steps.map((step, i) => deviation(step, reference.steps[i] as StepResult)));
    const file = facts.file ? `${((await stat(facts.file)).size / 1e6).toFixed(1)} MB` : '–';
    console.log(
      `| ${title} | ${percent(far.prediction)} | ${far.loss.toExponential(1)} | ${percent(far.gradient)} | ${far.cosine.toFixed(6)} | ` +
        `${facts.converted} of ${facts.tensors} | ${file} | ${rounding.toFixed(1)} s | ${Math.min(...facts.seconds).toFixed(3)} s | ` +
        `${facts.peak.toFixed(0)} MiB |`,
    );
  }
  const turned = reference.steps.slice(1).map((step, i) => deviation(step, reference.steps[i] as StepResult).cosine);
  console.log(
    `\nFor comparison: the gradients of two batches in a row have cosines of ${turned.map((c) => c.toFixed(2)).join(' ')}.`,
  );
  console.log(
    'prediction and gradient: ‖difference‖ / ‖float32‖, means over the batches; loss: mean |difference|; cosine: the smallest;\n' +
      'step: the quickest; peak memory: high-water mark of resident memory of the process, mapped files included; rounding: once for a model.',
  );
  if (!given.train) return;
  if (!ownData || !exact) throw new Error('--train is for models/emoji: leave out --model and --geometry.');
  const options = { steps: given.train, threads: given.threads, smallest, scratch };
  const trained = await trainOver(await withTensors(unet, exact), ['stored', 'float16', 'int8'], options);
  console.log(
    `\nA LoRA of ${given.train} steps over each, judged over float32 on held-out pairs, with 95 % intervals:\n`,
  );
  console.log(
    '| trained over | prefers what was chosen | as float32 does | change of the LoRA differs by |\n|---|---|---|---|',
  );
  for (const line of describeTrained(trained)) console.log(line);
}

async function work(
  options: Readonly<Record<string, string | number | boolean>>,
): Promise<z.infer<typeof factsSchema>> {
  const worker = fileURLToPath(new URL('./worker.js', import.meta.url));
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const env = { ...process.env, ...allocatorEnvironment(process.env) };
  const { stdout } = await promisify(execFile)(process.execPath, [worker, ...flags], { env });
  return factsSchema.parse(JSON.parse(stdout));
}

async function readSteps(path: string, draws: number): Promise<StepResult[]> {
  const { tensors } = await readSafetensors(path);
  const at = (name: string, draw: number) => tensors.get(`${name}.${draw}`)?.data as Float32Array;
  return Array.from({ length: draws }, (_, draw) => ({
    loss: at('loss', draw)[0] as number,
    prediction: at('prediction', draw),
    gradient: at('gradient', draw),
  }));
}
