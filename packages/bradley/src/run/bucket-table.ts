import { aspectsDiffer, aspectTolerance } from '@bradley/preferences';
import { type GroupDataset, sizeText } from '@bradley/train';

/** What a run says of its buckets before the first step: how many groups fell into each, and what is odd about them. */
export function bucketTable({ groups, shapes }: GroupDataset, batch: number): string[] {
  const rankings = shapes.some(({ sides }) => sides > 2);
  const what = rankings ? 'rankings' : 'pairs';
  const counts = shapes.map((_, shape) => groups.filter((group) => group.shape === shape).length);
  const sorted = [...shapes.entries()].toSorted(([a], [b]) => (counts[b] as number) - (counts[a] as number));
  const table = sorted
    .map(([shape, size]) => `${sizeText(size)}${rankings ? ` of ${size.sides}:` : ''} ${counts[shape]}`)
    .join(', ');
  const few = counts.filter((count) => count < batch);
  const different = groups.filter(({ images }) =>
    aspectsDiffer(images.map(({ geometry: [height = 1, width = 1] }) => ({ height, width }))),
  ).length;
  return [
    `buckets (width×height, ${what}): ${table}`,
    ...(few.length > 0
      ? [
          `${few.length} buckets have fewer ${what} than a batch of ${batch}: their batches come only every few epochs, ` +
            `with the same more than once. Lower train.batch${rankings ? '' : ' or data.buckets.maxAspect'}.`,
        ]
      : []),
    ...(different > 0
      ? [
          `${different} ${what} have pictures whose aspect ratios differ by more than a factor of ${aspectTolerance}: ` +
            `${rankings ? 'all' : 'both'} are cut to the bucket between them`,
        ]
      : []),
  ];
}
