import { z } from 'zod';
import { command } from '../cli/command.js';
import { threadsField } from '../config/threads-field.js';

export const rewardReport = command({
  summary: 'Judge a trained reward model on what was held out, and write a page about it.',
  description:
    'Accuracy with and without ties, a reliability plot, agreement with the raters, a question each. With --curve, models of ' +
    'the same settings learn from fewer pairs, in folders of their own under it, and the page shows what more comparisons bring.',
  example: ['reward report runs/taste', 'reward report runs/taste --curve 100,200,400'],
  positional: ['folder'],
  options: z.object({
    folder: z.string().min(1).describe('folder that reward train has written'),
    output: z.string().min(1).optional().describe('HTML file to write; without it, report.html in the folder'),
    curve: z
      .array(z.coerce.number().int().positive())
      .default([])
      .describe('numbers of pairs to train models of, with commas between'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
  }),
  async run({ folder, output, curve, threads }, out) {
    const { openRewardModel } = await import('@bradley/train');
    const { overall, reportPage, reportReward, rewardReportText, writeRewardReport } = await import(
      '../reward/report-reward.js'
    );
    const { learningCurve } = await import('../reward/learning-curve.js');
    const options = threads ? { threads } : {};
    const points = await learningCurve(folder, curve, out, options);
    if (points === null) return undefined;
    const whole = await reportReward(folder, options);
    const { trained } = (await openRewardModel(folder)).reward;
    const last = { pairs: Number(trained.trainingPairs), withoutTies: overall(whole) };
    const report = { ...whole, curve: points.length > 0 ? [...points, last] : [] };
    const page = output ?? reportPage(folder);
    await writeRewardReport(page, report, await openRewardModel(folder));
    out.result({ ...report, page }, rewardReportText(report, page));
    return undefined;
  },
});
