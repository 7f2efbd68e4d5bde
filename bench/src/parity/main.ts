import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { deviceNames } from '@bradley/runtime';
import { parity } from './parity.js';
import { onHost } from './table.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, device: { type: 'string', default: 'cpu' } },
});
const [folder, ...wanted] = positionals;
const device = deviceNames.find((name) => name === values.device);
if (!folder || !device || values.help) {
  console.log(
    'usage: npm run parity -- <folder of cases> [name…] [--device name]\n' +
      `Runs every case it finds; see fixtures/README.md. Devices: ${deviceNames.join(', ')}.`,
  );
  process.exit(values.help ? 0 : 2);
}
const names = (await readdir(resolve(folder)))
  .filter((file) => /^[^.]+\.json$/.test(file))
  .map((file) => file.slice(0, -5))
  .filter((name) => device === 'cpu' || !onHost.some((prefix) => name.startsWith(prefix)));
let failed = 0;
const count = { pass: 0, fail: 0, unsupported: 0 };
for (const name of names.filter((name) => wanted.length === 0 || wanted.includes(name)).sort())
  for await (const line of parity(resolve(folder), name, device)) {
    count[line.verdict]++;
    if (line.verdict === 'fail') failed++;
    const figures = line.result
      ? `error ${line.result.error.toExponential(2)} tolerance ${line.result.tolerance.toExponential(0)}`
      : '';
    console.log([line.verdict, line.name, figures, line.note].filter(Boolean).join(' '));
  }
console.log(`${count.pass} pass, ${count.fail} fail, ${count.unsupported} unsupported`);
process.exit(failed > 0 ? 1 : 0);
