export const scheduleNames = ['constant', 'linear', 'cosine'] as const;
export type ScheduleName = (typeof scheduleNames)[number];

/**
 * The factor on the learning rate before optimiser step `step` (0 for the first), as transformers'
 * get_<name>_schedule_with_warmup: linear from 0 over `warmup` steps, then constant, linear to 0, or half a cosine to 0.
 */
export function learningRateFactor(
  name: ScheduleName,
  step: number,
  { warmup, total }: { warmup: number; total: number },
): number {
  if (step < warmup) return step / Math.max(1, warmup);
  const progress = (step - warmup) / Math.max(1, total - warmup);
  switch (name) {
    case 'constant':
      return 1;
    case 'linear':
      return Math.max(0, 1 - progress);
    case 'cosine':
      return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
  }
}
