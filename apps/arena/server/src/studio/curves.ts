import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Step and value. */
export type Point = [step: number, value: number];

/** The numbers of a metrics.jsonl by their names, `most` points of each at most. */
export async function readCurves(path: string, most: number): Promise<Record<string, Point[]>> {
  const curves = new Map<string, Point[]>();
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const record = parse(line);
    if (record === null) continue;
    const { step, ...values } = record;
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'number') continue;
      const curve = curves.get(name) ?? [];
      if (curve.length === 0) curves.set(name, curve);
      curve.push([step, value]);
    }
  }
  return Object.fromEntries([...curves].map(([name, points]) => [name, downsample(points, most)]));
}

/** A record, or null for a last line that is still being written. */
function parse(line: string): { step: number; [name: string]: unknown } | null {
  try {
    const record: unknown = JSON.parse(line);
    const isRecord = typeof record === 'object' && record !== null && 'step' in record;
    return isRecord && typeof record.step === 'number' ? { ...record, step: record.step } : null;
  } catch {
    return null;
  }
}

/**
 * At most `most` of the points, in their order: the first, the last, and the lowest and highest of each of as many equal stretches
 * between as there is room for, so that no spike is lost.
 */
export function downsample(points: readonly Point[], most: number): Point[] {
  const first = points[0];
  const last = points.at(-1);
  if (points.length <= most || !first || !last) return [...points];
  const inner = points.slice(1, -1);
  const stretches = Math.floor((most - 2) / 2);
  const kept = Array.from({ length: stretches }, (_, i) => {
    const from = Math.floor((i * inner.length) / stretches);
    const to = Math.floor(((i + 1) * inner.length) / stretches);
    return extremes(inner, from, to);
  });
  return [first, ...kept.flat(), last];
}

/** The lowest and the highest of points[from … to), in their order; one where they are the same. */
function extremes(points: readonly Point[], from: number, to: number): Point[] {
  let low = from;
  let high = from;
  for (let i = from; i < to; i++) {
    const value = points[i]?.[1] ?? 0;
    if (value < (points[low]?.[1] ?? 0)) low = i;
    if (value > (points[high]?.[1] ?? 0)) high = i;
  }
  return points.slice(from, to).filter((_, i) => from + i === low || from + i === high);
}
