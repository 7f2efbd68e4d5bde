import { z } from 'zod';
import { command } from '../cli/command.js';

export const benchmarkDpgBench = command({
  summary: "Score pictures by DPG-Bench's rules, over a model that answers questions.",
  description:
    'Called our variant: DPG-Bench is defined with mPLUG. The model behind the judge file answers every question with yes or no; its rubric has no part ' +
    'in it. Pictures lie as <id>.png, <id>_0.png or <id>/0.png, where an id is the item_id of the CSV. Answers are kept: stopped, it goes on where it was.',
  example: 'benchmark dpg-bench --prompts dpg_bench/ --images out/ --grid --judge judge.yaml --results dpg.json',
  options: z.object({
    prompts: z.string().min(1).describe('folder dpg_bench of TencentQQGYLab/ELLA, or its dpg_bench.csv'),
    images: z.string().min(1).describe('folder of pictures, by the ids of the prompts'),
    grid: z.boolean().default(false).describe('every picture is four in a square'),
    judge: z.string().min(1).describe('YAML file of a judge, see docs/judges.md'),
    results: z.string().min(1).optional().describe('JSON file to write, with the score of every prompt'),
  }),
  async run({ prompts: path, images, grid, judge: yaml, results }, out) {
    const {
      dpgBench,
      formatDpgBench,
      formatSpent,
      loadJudgeConfig,
      openJudge,
      readPublished,
      scoreDpgBench,
      yesNoQuestion,
    } = await import('@bradley/evaluate');
    const { writeFileAtomic } = await import('@bradley/formats');
    const { countProgress } = await import('../cli/count-progress.js');
    const count = countProgress(out);
    const { prompts } = await readPublished('dpg-bench', dpgBench, path);
    const config = await loadJudgeConfig(yaml);
    const judge = await openJudge(config, { onNote: out.note });
    try {
      const result = await scoreDpgBench({
        prompts,
        images,
        grid,
        vqa: { name: config.model, answer: (image, question) => judge.ask(yesNoQuestion(question, image)) },
        concurrency: config.concurrency,
        onProgress: (done, total) => count('prompts', done, total),
      });
      if (results) await writeFileAtomic(results, `${JSON.stringify(result, null, 2)}\n`);
      out.result(result, formatDpgBench(result));
    } finally {
      out.note(`${config.model}: ${formatSpent(judge.spent())}`);
    }
    return undefined;
  },
});
