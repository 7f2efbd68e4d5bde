import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '@bradley/formats';
import { emojiFolder, openDrawer } from 'bradley';
import { prepare } from './prepare.js';
import { type StudyResult, studyMarkdown } from './report-study.js';
import { runStudy } from './run-study.js';
import { studies } from './studies.js';

const usage = `Tries the findings of papers again on the emoji model, and writes what was found to docs/reproductions.md.

  npm run reproductions                      all studies: 39 trainings, 77 minutes of CPU, and drawing
  npm run reproductions -- rank-dpo          one; they are ${Object.keys(studies).join(', ')}
  npm run reproductions -- --docs            only write the page anew from reproductions/results

  --seeds N     training seeds of every arm, from 0 (3)
  --threads N   of training and drawing (2)
  --work DIR    where pictures and runs are kept (.reproductions); a killed run goes on there
`;

const home = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    work: { type: 'string', default: '.reproductions' },
    docs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const wanted = positionals.length > 0 ? positionals : Object.keys(studies);
const unknown = wanted.find((name) => !(name in studies));
if (values.help || unknown) {
  if (unknown) console.error(`There is no study '${unknown}'.\n`);
  console.log(usage);
  process.exit(unknown ? 1 : 0);
}
if (!values.docs) await run();
await writeDocs();

async function run(): Promise<void> {
  const folder = resolve(values.work);
  const threads = Number(values.threads);
  const began = performance.now();
  const say = (message: string): void =>
    console.log(`${((performance.now() - began) / 60_000).toFixed(1).padStart(6)} min  ${message}`);
  await mkdir(folder, { recursive: true });
  const drawer = await openDrawer(emojiFolder, { threads });
  const { setting, judges, heldOut, release } = await prepare(folder, drawer, { threads, say });
  const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i);
  for (const name of wanted) {
    const study = studies[name];
    if (!study) continue;
    const result = await runStudy(name, study, {
      folder,
      setting,
      drawer,
      prompts: heldOut,
      judges,
      seeds,
      threads,
      say,
    });
    await mkdir(join(home, 'results'), { recursive: true });
    await writeFileAtomic(join(home, 'results', `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
    console.log(studyMarkdown(study, result));
  }
  await release();
  await drawer.close();
}

/** The page: what stands above the marker by hand, and a section of each study that has results. */
async function writeDocs(): Promise<void> {
  const page = join(home, '..', 'docs', 'reproductions.md');
  const marker = '<!-- below: npm run reproductions -- --docs -->';
  const [above = ''] = (await readFile(page, 'utf8')).split(marker);
  const sections: string[] = [];
  for (const [name, study] of Object.entries(studies)) {
    const text = await readFile(join(home, 'results', `${name}.json`), 'utf8').catch(() => null);
    if (text !== null) sections.push(studyMarkdown(study, JSON.parse(text) as StudyResult));
  }
  await writeFileAtomic(page, `${above}${marker}\n\n${sections.join('\n')}`);
}
