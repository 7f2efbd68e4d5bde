import type { ResizedLayer } from '@bradley/formats';
import type { DescribedLora } from './lora-files.js';

/** The longest metadata that is shown whole: training scripts write pages of it. */
const shownCharacters = 100;

/** What a LoRA file holds, as text for people. */
export function formatLora(described: DescribedLora, everyLayer = false): string {
  const { path, layout, title, base, layers, metadata } = described;
  const norms = layers.map(({ norm }) => norm);
  const lines = [
    `${path}: a LoRA in the names of ${title} (${layout})`,
    `  layers    ${counts(layers.map(({ layer }) => layer.slice(0, layer.indexOf('.'))))}`,
    `  rank      ${counts(layers.map(({ rank }) => String(rank)))}`,
    `  alpha     ${counts(layers.map(({ alpha }) => String(alpha)))}`,
    `  type      ${counts(layers.map(({ dtype }) => dtype))}`,
    `  norm      ${Math.min(...norms).toPrecision(3)} to ${Math.max(...norms).toPrecision(3)} a layer, ${Math.hypot(...norms).toPrecision(3)} in all`,
    `  model     ${base ?? 'none of the released ones, by the widths of its layers'}`,
    ...Object.entries(metadata).map(([key, value]) => `  ${key}: ${shortened(value)}`),
  ];
  const table = layers.map(
    ({ layer, rank, alpha, norm }) => `  ${layer}  rank ${rank}  alpha ${alpha}  norm ${norm.toPrecision(3)}`,
  );
  return [...lines, ...(everyLayer ? table : [])].join('\n');
}

/** What resizing kept, as text for people: a line a layer. */
export function formatResized(report: readonly ResizedLayer[]): string {
  return report
    .map(({ layer, before, after, kept }) => `  ${layer}  ${before} → ${after}  ${(100 * kept).toFixed(2)} %`)
    .join('\n');
}

/** `unet 128, text_encoder 12`: the most frequent first. */
function counts(values: readonly string[]): string {
  const found = new Map<string, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  if (found.size === 1) return `${[...found.keys()][0]} (all ${values.length})`;
  return [...found]
    .sort(([, a], [, b]) => b - a)
    .map(([value, count]) => `${value} (${count})`)
    .join(', ');
}

function shortened(value: string): string {
  const line = value.replaceAll(/\s+/g, ' ');
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}… (${value.length} characters)` : line;
}
