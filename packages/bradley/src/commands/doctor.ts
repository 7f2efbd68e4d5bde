import { z } from 'zod';
import { command } from '../cli/command.js';
import type { Diagnosis } from '../doctor.js';

export const doctor = command({
  summary: 'Look at this machine: what it has for training, how fast it is, what stands in the way.',
  example: ['doctor', 'doctor --folder /data/runs --json'],
  options: z.object({
    folder: z.string().min(1).default('.').describe('where runs will be written'),
  }),
  async run({ folder }, out) {
    const { bytes, diagnose } = await import('../doctor.js');
    const diagnosis = await diagnose({ folder });
    out.result(diagnosis, formatDiagnosis(diagnosis, bytes));
    return diagnosis.findings.some(({ level }) => level === 'problem') ? 'failed' : undefined;
  },
});

function formatDiagnosis(diagnosis: Diagnosis, bytes: (n: number) => string): string {
  const { node, system, processor, memory, disk, kernels, allocator, speed, findings } = diagnosis;
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
  ];
  return [
    ...rows.map(([name, text]) => `${name.padEnd(11)}${text}`),
    '',
    ...(findings.length === 0 ? ['Nothing stands in the way of training.'] : []),
    ...findings.map(({ level, text }) => `${level === 'problem' ? 'Problem' : 'Warning'}: ${text}`),
  ].join('\n');
}
