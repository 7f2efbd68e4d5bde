import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, type Tensor, toFloat32 } from '@bradley/formats';
import type { DeviceName, HostData, HostTensor } from '@bradley/runtime';

/** One golden case: its JSON, and where its files lie. */
export interface Case {
  readonly name: string;
  readonly folder: string;
  /** Where it is computed. */
  readonly device: DeviceName;
  readonly json: CaseJson;
}

export interface CaseJson {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tolerance: Readonly<Record<string, number | boolean>>;
  readonly base_weights?: string;
  readonly [key: string]: unknown;
}

/** One line of the report: the largest error of a run against its tolerance. */
export interface RunResult {
  readonly name: string;
  readonly error: number;
  readonly tolerance: number;
  /** Where the largest error is. */
  readonly at?: string;
}

/** A run of a case that is not ours to make: of a model that does not exist here. */
export interface UnsupportedRun {
  readonly name: string;
  readonly unsupported: string;
}

export async function readCase(folder: string, name: string, device: DeviceName): Promise<Case> {
  return { name, folder, device, json: JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as CaseJson };
}

/** The tensors of `<case>.<part>.safetensors`, or of the file that the JSON names as base weights. */
export async function readPart(of: Case, part: string): Promise<Map<string, Tensor>> {
  return (await readSafetensors(partPath(of, part))).tensors;
}

export function partPath(of: Case, part: string): string {
  const base = of.json.base_weights;
  return join(
    of.folder,
    part === 'base' && base ? base : `${of.name}.${part === 'base' ? 'weights' : part}.safetensors`,
  );
}

export function tolerance(of: Case, key: string): number {
  const value = of.json.tolerance[key];
  if (typeof value !== 'number')
    throw new Error(`${of.name}.json: the tolerance '${key}' is ${value}, expected a number`);
  return value;
}

/** The tensor of that name, as float32 numbers. */
export function floats(tensors: ReadonlyMap<string, Tensor>, name: string): Float32Array {
  return toFloat32(find(tensors, name));
}

export function find(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor)
    throw new Error(`the case has no tensor '${name}'; it has ${[...tensors.keys()].slice(0, 8).join(', ')}, …`);
  return tensor;
}

/** A tensor as a feed: float64 and integers narrowed to what the graph's input takes. */
export function feedOf(tensor: Tensor): HostData {
  return tensor.dtype === 'int64' ? (tensor.data as BigInt64Array) : toFloat32(tensor);
}

export function maxAbs(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}

/** max |a − b|; NaN anywhere is infinite. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}

/** max |a − b| / max |b| */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return maxDifference(a, b) / (maxAbs(b) || 1);
}

export function dataOf(tensor: HostTensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('expected a float32 output');
  return tensor.data;
}

/** One comparison of a run. */
export interface Part {
  readonly at: string;
  readonly error: number;
  readonly tolerance: number;
}

/** Comparisons gathered by the run they belong to: the worst of each. */
export function grouped(name: string, parts: readonly Part[], runOf: (at: string) => string): RunResult[] {
  const runs = new Map<string, Part[]>();
  for (const part of parts) runs.set(runOf(part.at), [...(runs.get(runOf(part.at)) ?? []), part]);
  return [...runs].map(([run, of]) => worst(`${name}/${run}`, of));
}

/** The worst of several (error / tolerance) comparisons, as one result. */
export function worst(name: string, parts: readonly Part[]): RunResult {
  const [first, ...rest] = parts;
  if (!first) throw new Error(`${name}: nothing was compared`);
  return { name, ...rest.reduce((a, b) => (badness(b) > badness(a) ? b : a), first) };
}

/** What is within a tolerance of 0 is not bad at all, and what is no number is as bad as can be: neither may hide another comparison. */
function badness({ error, tolerance }: Part): number {
  if (error <= tolerance) return error === 0 ? 0 : error / tolerance;
  const ratio = error / tolerance;
  return Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio;
}
