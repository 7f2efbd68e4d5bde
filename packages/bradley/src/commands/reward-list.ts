import { z } from 'zod';
import { command } from '../cli/command.js';

export const rewardList = command({
  summary: 'List the scorers, and what each needs.',
  description: 'A scorer is named as name or name:argument, wherever one is asked for.',
  example: ['reward list', 'reward list --json'],
  options: z.object({}),
  async run(_options, out) {
    const { scorerTable } = await import('../scorers.js');
    const { alignColumns } = await import('../reward/format-scores.js');
    const kinds = Object.entries(scorerTable).map(([name, { summary, argument, defaultModel, graph }]) => ({
      name,
      summary,
      argument,
      defaultModel: defaultModel ?? null,
      exports: graph !== undefined,
    }));
    const lines = kinds.map(({ name, summary, argument, defaultModel }) => [
      argument === null || defaultModel !== null ? name : `${name}:…`,
      [summary, ...(argument ? [`  :${argument}`] : []), ...(defaultModel ? [`  else ${defaultModel}`] : [])],
    ]) as [string, string[]][];
    const rows = lines.flatMap(([name, texts]) => texts.map((text, i) => [i === 0 ? name : '', text]));
    out.result(kinds, alignColumns(rows));
    return undefined;
  },
});
