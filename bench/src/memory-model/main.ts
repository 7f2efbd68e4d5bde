import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { allocatorEnvironment } from '@bradley/train';
import { calibrate, openModel, parseRunConfig, type RunConfig, runNeeds, tables } from 'bradley';
import { trueGeometry } from '../true-geometry.js';
import { type MemoryCase, memoryCases } from './cases.js';

/**
 * `npm run memory-model [-- part of a name…]`: what the model of memory predicts, beside the high-water mark of a process that does the
 * work: three steps, or one picture.
 */
const wanted = process.argv.slice(2);
const emoji = fileURLToPath(new URL('../../../models/emoji', import.meta.url));
const chosen = memoryCases.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
if (chosen.length === 0) throw new RangeError(`no case has ${wanted.join(' or ')} in its name`);
console.log('| | measured | predicted | |\n|---|---|---|---|');
let wrong = 0;
for (const of of chosen) {
  const config = await configOf(of);
  const predicted = await predict(of, config);
  const measured = of.phase === 'training' ? (await calibrate(config, 2)).peak : await measure(of, config);
  if (measured === null) throw new Error('this system does not say how much memory a process has taken');
  const error = predicted / measured - 1;
  if (Math.abs(error) > 0.15) wrong++;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  console.log(
    `| ${of.name} | ${gigabytes(measured)} | ${gigabytes(predicted)} | ${error < 0 ? '−' : '+'}${Math.abs(100 * error).toFixed(0)} % |`,
  );
}
if (wrong > 0) {
  console.error(`${wrong} of ${chosen.length} predictions are more than 15 % off`);
  process.exitCode = 1;
}

async function configOf({ model, phase, set }: MemoryCase): Promise<RunConfig> {
  const settings = {
    model: model === 'emoji' ? emoji : await trueGeometry(model.geometry, model.storage),
    data: { path: 'made-up' },
    objective: { name: 'diffusion-dpo' },
    adapter: { kind: 'lora' },
    train: { steps: 3 },
    validate: { every: phase === 'training' ? null : 1 },
    output: 'nowhere',
  };
  return parseRunConfig(JSON.stringify(settings), 'a case of the memory model', set, tables);
}

/** What a process that does this phase alone takes. */
async function predict({ phase }: MemoryCase, config: RunConfig): Promise<number> {
  const counts = { groups: 1, sides: 2, pictures: 2, prompts: 1, softLabels: false };
  const { phases } = await runNeeds(config, await openModel(config.model), counts);
  const found = phases.find(({ name }) => name === phase);
  if (!found) throw new Error(`a run has no phase called ${phase}`);
  return found.parts.filter(({ kept }) => !kept).reduce((total, { bytes }) => total + bytes, 0);
}

async function measure({ phase }: MemoryCase, { model, data }: RunConfig): Promise<number | null> {
  const worker = fileURLToPath(new URL('./phase-process.js', import.meta.url));
  const child = spawn(process.execPath, [worker, model, phase, `${data.resolution ?? ''}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...allocatorEnvironment(process.env) },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => output.push(part));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the process for ${phase} of ${model} ended with ${code}`);
  return JSON.parse(Buffer.concat(output).toString()) as number | null;
}
