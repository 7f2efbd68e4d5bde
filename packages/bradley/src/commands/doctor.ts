import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { devices } from '@bradley/runtime';
import { z } from 'zod';
import { command } from '../cli/command.js';
import type { Out } from '../cli/output.js';
import { offlineField } from '../config/model-fields.js';
import type { RunConfig } from '../config/run-config.js';
import type { Diagnosis } from '../doctor.js';

export const doctor = command({
  summary: 'Look at this machine: what it has for training, how fast it is, what stands in the way.',
  example: ['doctor', 'doctor --folder /data/runs --json', 'doctor --run run.yaml'],
  options: z.object({
    folder: z.string().min(1).default('.').describe('where runs will be written'),
    run: z.string().min(1).optional().describe('YAML file of a run, or its folder: what it would need in memory'),
    offline: offlineField,
  }),
  async run({ folder, run: file, offline }, out) {
    const { bytes, diagnose } = await import('../doctor.js');
    const run = file === undefined ? {} : { run: await estimated(file, offline, out) };
    const diagnosis = await diagnose({ folder, ...run });
    out.result(diagnosis, formatDiagnosis(diagnosis, bytes));
    return diagnosis.findings.some(({ level }) => level === 'problem') ? 'failed' : undefined;
  },
});

/** A run file, and what says what it would need. */
async function estimated(file: string, offline: boolean, out: Out) {
  const { fetchModel } = await import('../cli/fetch-model.js');
  const { loadRunConfig } = await import('../config/load-run-config.js');
  const { estimateRun } = await import('../run/needs/estimate-run.js');
  const { tables } = await import('../tables.js');
  const isFolder = (await stat(file).catch(() => null))?.isDirectory() === true;
  const config = await loadRunConfig(isFolder ? join(file, 'run.yaml') : file, {}, tables);
  const { name: model, variant } = await fetchModel(config.model, { variant: config.variant, offline }, out);
  return { config: { ...config, model, variant }, estimate: (run: RunConfig) => estimateRun(run, { offline }) };
}

function formatDiagnosis(diagnosis: Diagnosis, bytes: (n: number) => string): string {
  const {
    node,
    system,
    processor,
    memory,
    disk,
    kernels,
    devices: trials,
    allocator,
    speed,
    run,
    findings,
  } = diagnosis;
  const rows: (readonly [string, string])[] = [
    ['Node', `${node} on ${system}`],
    [
      'Processor',
      `${processor.model}, ${processor.cores} cores${processor.quota === null ? '' : ` (quota ${processor.quota})`}` +
        `${processor.vectors === null ? '' : `: ${processor.vectors.join(' ')}`}`,
    ],
    [
      'Memory',
      `${bytes(memory.availableBytes)} free of ${bytes(memory.totalBytes)}` +
        `${memory.limitBytes === null ? '' : `, limited to ${bytes(memory.limitBytes)}`}`,
    ],
    ['Disk', `${bytes(disk.freeBytes)} free in ${disk.folder}`],
    ['Kernels', kernels === null ? 'none' : `ONNX Runtime ${kernels.version}: ${kernels.providers.join(', ')}`],
    ...trials.map(({ device, reason, speed }, i): [string, string] => [
      i === 0 ? 'Devices' : '',
      `${device}: ${reason === null ? `yes, ${(speed ?? 0).toFixed(1)} GFLOP/s` : `no, ${reason}`}. Tested: ${devices[device].tested}`,
    ]),
    [
      'Allocator',
      allocator.glibc === null ? "the system's" : `glibc ${allocator.glibc}, set for speed in the processes of runs`,
    ],
    [
      'Speed',
      speed === null
        ? 'not measured'
        : `matrix product ${speed.matmul.toFixed(0)} GFLOP/s, 3×3 convolution ${speed.convolution.toFixed(0)} GFLOP/s`,
    ],
    ...(run === null
      ? []
      : [
          [
            'Run',
            `${bytes(run.peak)} at its peak, while ${run.largest.name}; ` +
              `trains ${run.trainable.toLocaleString('en')} of ${run.parameters.toLocaleString('en')} parameters`,
          ] as const,
        ]),
  ];
  return [
    ...rows.map(([name, text]) => `${name.padEnd(11)}${text}`),
    '',
    ...(findings.length === 0 ? ['Nothing stands in the way of training.'] : []),
    ...findings.map(({ level, text }) => `${level === 'problem' ? 'Problem' : 'Warning'}: ${text}`),
  ].join('\n');
}
