import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocatorEnvironment } from '@bradley/train';
import type { Bench } from './benches.js';
import { type Comparison, side, timeRatio } from './comparison.js';
import { type Command, type LineProcess, startLineProcess } from './line-process.js';
import { cpuTime, othersCores } from './machine-load.js';
import { type OperatorTime, operatorTimes } from './operator-profile.js';
import { type Ask, interleave } from './rounds.js';
import { trueGeometry } from './true-geometry.js';

export interface BenchOptions {
  /** A diffusers folder, for benches that name no geometry. */
  readonly model: string;
  /** Instead of the bench's own. */
  readonly rounds?: number | undefined;
  readonly threads: number;
  /** The interpreter of the peers; null measures our side alone. */
  readonly python: string | null;
  readonly channelsLast: boolean;
  /** Instead of the bench's own. */
  readonly batch?: number | undefined;
}

const timeoutSeconds = 600;
const defaultRounds = 20;
const settleSeconds = 0.06;

/** Measures one kind of work on both sides, round by round. */
export async function runBench(bench: Bench, given: BenchOptions): Promise<Comparison> {
  const batch = given.batch ?? bench.batch;
  const rounds = given.rounds ?? bench.rounds ?? defaultRounds;
  const options = { ...given, model: await modelOf(bench, given) };
  const ours = await open(bench, ourCommand(bench, batch, options));
  let theirs: OpenSide | null = null;
  try {
    const peer = options.python ? peerCommand(bench, batch, options.python, options) : null;
    theirs = peer && (await open(bench, peer));
    const children = [ours, theirs].flatMap((open) => open?.pid ?? []);
    const from = cpuTime(children);
    const answers = await interleave(ours.ask, theirs?.ask ?? null, {
      rounds,
      warmup: bench.warmup ?? (bench.fresh ? 1 : 2),
      settleSeconds,
    });
    const others = othersCores(from, cpuTime(children));
    const ourSide = side(answers.ours, await ours.peakMb(), ours.about());
    const theirSide = theirs && answers.theirs && side(answers.theirs, await theirs.peakMb(), theirs.about());
    return {
      name: bench.name,
      model: bench.geometry ? null : basename(options.model),
      batch,
      rounds,
      note: bench.note ?? null,
      ours: ourSide,
      theirs: theirSide,
      timeRatio: theirSide && timeRatio(ourSide.seconds, theirSide.seconds),
      memoryRatio: theirSide && ourSide.peakMb / theirSide.peakMb,
      othersCores: others,
    };
  } finally {
    ours.kill();
    theirs?.kill();
  }
}

/** Runs our side alone with the operator profile on. */
export async function profileBench(bench: Bench, given: BenchOptions): Promise<OperatorTime[]> {
  const options = { ...given, model: await modelOf(bench, given) };
  const folder = await mkdtemp(join(tmpdir(), 'bench-profile-'));
  const command = ourCommand(bench, options.batch ?? bench.batch, options);
  const profiled = { ...command, arguments: [...command.arguments, '--profile', join(folder, 'operators')] };
  const worker = await startLineProcess(profiled, timeoutSeconds);
  try {
    for (let round = 0; round < (options.rounds ?? bench.rounds ?? defaultRounds); round++) await worker.ask();
    await worker.finish();
    const file = (await readdir(folder))[0];
    if (!file) throw new Error(`${bench.name}: its worker wrote no profile into ${folder}`);
    return operatorTimes(await readFile(join(folder, file), 'utf8'));
  } finally {
    worker.kill();
    await rm(folder, { recursive: true });
  }
}

interface OpenSide {
  /** Of a process that stays; a fresh one is counted when it has ended. */
  readonly pid: number | null;
  readonly ask: Ask;
  about(): LineProcess['ready'];
  /** Ends the work. */
  peakMb(): Promise<number>;
  kill(): void;
}

async function open(bench: Bench, command: Command): Promise<OpenSide> {
  if (bench.fresh) return openFresh(command, bench.fromStart ?? false);
  const worker = await startLineProcess(command, timeoutSeconds);
  return {
    pid: worker.pid,
    ask: worker.ask,
    about: () => worker.ready,
    peakMb: worker.finish,
    kill: worker.kill,
  };
}

/** A new process for every unit. */
function openFresh(command: Command, fromStart: boolean): OpenSide {
  let [peak, ready]: [number, LineProcess['ready']] = [0, {}];
  let current: LineProcess | null = null;
  return {
    pid: null,
    async ask() {
      current = await startLineProcess(command, timeoutSeconds);
      ready = { ...current.ready, startSeconds: current.startSeconds };
      const answer = await current.ask();
      peak = Math.max(peak, await current.finish());
      return fromStart ? { ...answer, seconds: current.startSeconds + answer.seconds } : answer;
    },
    about: () => ready,
    peakMb: async () => peak,
    kill: () => current?.kill(),
  };
}

const modelOf = async ({ geometry }: Bench, { model }: BenchOptions): Promise<string> =>
  geometry ? trueGeometry(geometry.name, geometry.storage) : model;

function ourCommand({ worker, arguments: more }: Bench, batch: number, { model, threads }: BenchOptions): Command {
  const file = fileURLToPath(new URL(`./workers/${worker}`, import.meta.url));
  return {
    file: process.execPath,
    arguments: [file, '--model', model, '--batch', `${batch}`, '--threads', `${threads}`, ...(more?.ours ?? [])],
    env: { ...process.env, ...allocatorEnvironment(process.env) },
  };
}

function peerCommand(
  { peer, arguments: more }: Bench,
  batch: number,
  python: string,
  { model, threads, channelsLast }: BenchOptions,
): Command | null {
  if (!peer) return null;
  const file = fileURLToPath(new URL(`../peers/${peer}`, import.meta.url));
  const flags = [...(channelsLast ? ['--channels-last'] : []), ...(more?.theirs ?? [])];
  return {
    file: python,
    arguments: [file, '--model', model, '--batch', `${batch}`, '--threads', `${threads}`, ...flags],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  };
}
