import { duration } from '../../cli/progress.js';
import type { DryRun, Duration } from './dry-run.js';
import { bytesOf, decimalBytes, type Part } from './part.js';

/** What a run needs, a line a part. */
export function formatNeeds({ config, counts, memory, disk }: DryRun): string {
  const { largest, peak, available, trainable, parameters } = memory;
  const lines = [
    `Trains ${trainable.toLocaleString('en')} parameters beside a UNet of ${parameters.toLocaleString('en')}, ` +
      `on ${counts.groups} ${counts.sides > 2 ? 'rankings' : 'pairs'} of ${counts.pictures} pictures and ${counts.prompts} prompts.`,
    '',
    'Memory, phase by phase',
    ...memory.phases.flatMap(({ name, parts }) => [row(`  ${name}`, bytesOf(parts)), ...rows(parts)]),
    row('Peak', peak, `while ${largest.name}`),
    row('Available', available.bytes, available.by),
    ...(config.train.device === 'cpu'
      ? []
      : [`This is for a CPU; on ${config.train.device} much of it lies on the device.`]),
    '',
    'Disk',
    row(`  ${config.output}`, bytesOf(disk.folder)),
    ...rows(disk.folder),
    row('  the cache, shared by runs', bytesOf(disk.cache)),
    ...rows(disk.cache),
    row('Free', disk.freeBytes),
  ];
  return lines.join('\n');
}

/** How long a run takes. */
export function formatDuration(
  { passSeconds, loadSeconds, secondsPerStep, totalSeconds, peak }: Duration,
  { config, memory }: DryRun,
): string {
  const [first = 0] = passSeconds;
  const training = memory.phases.find(({ name }) => name === 'training');
  return [
    'Time, of three steps on made-up latents',
    `  loading ${loadSeconds.toFixed(1)} s, the first pass ${first.toFixed(2)} s, a step ${secondsPerStep.toFixed(2)} s`,
    `  ${config.train.steps} steps: ${duration(totalSeconds)}, besides encoding, validation and checkpoints`,
    ...(peak === null || !training
      ? []
      : [
          `  they took ${decimalBytes(peak)} of memory; ${decimalBytes(bytesOf(training.parts.filter(({ kept }) => !kept)))} were expected of training`,
        ]),
  ].join('\n');
}

const rows = (parts: readonly Part[]): string[] => parts.map(({ name, bytes }) => row(`    ${name}`, bytes));
const row = (name: string, bytes: number, why = ''): string =>
  `${name.padEnd(58)} ${decimalBytes(bytes).padStart(9)}${why && `  ${why}`}`;
