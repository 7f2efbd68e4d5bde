import { aspectsDiffer, aspectTolerance } from '@bradley/preferences';
import { type PairDataset, sizeText } from '@bradley/train';

/** What a run says of its buckets before the first step: how many pairs fell into each, and what is odd about them. */
export function bucketTable({ pairs, shapes }: PairDataset, batch: number): string[] {
  const counts = shapes.map((_, shape) => pairs.filter((pair) => pair.shape === shape).length);
  const sorted = [...shapes.entries()].toSorted(([a], [b]) => (counts[b] as number) - (counts[a] as number));
  const table = sorted.map(([shape, size]) => `${sizeText(size)} ${counts[shape]}`).join(', ');
  const few = counts.filter((count) => count < batch);
  const different = pairs.filter(({ chosen, rejected }) =>
    aspectsDiffer([chosen, rejected].map(({ geometry: [height = 1, width = 1] }) => ({ height, width }))),
  ).length;
  return [
    `buckets (width×height, pairs): ${table}`,
    ...(few.length > 0
      ? [
          `${few.length} buckets have fewer pairs than a batch of ${batch}: their batches come only every few epochs, ` +
            'with a pair more than once. Lower train.batch or data.buckets.maxAspect.',
        ]
      : []),
    ...(different > 0
      ? [
          `${different} pairs have pictures whose aspect ratios differ by more than a factor of ${aspectTolerance}: ` +
            'both are cut to the bucket between them',
        ]
      : []),
  ];
}
