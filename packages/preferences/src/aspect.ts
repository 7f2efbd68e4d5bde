/** Aspect ratios of two pictures that differ by more than this factor are reported: one crop shows much less of one of them. */
export const aspectTolerance = 1.25;

/** Whether the aspect ratios of some pictures differ by more than `aspectTolerance`. */
export function aspectsDiffer(pictures: readonly { readonly height: number; readonly width: number }[]): boolean {
  const aspects = pictures.map(({ height, width }) => width / height);
  return Math.max(...aspects) > aspectTolerance * Math.min(...aspects);
}
