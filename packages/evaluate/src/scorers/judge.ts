import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { formatSpent } from '../judge/account.js';
import { concurrently } from '../judge/concurrently.js';
import { openJudge } from '../judge/judge.js';
import { loadJudgeConfig } from '../judge/judge-config.js';
import { scoreQuestion, wordingVersion } from '../judge/questions.js';
import type { Scorer } from './scorer.js';
import type { ScorerKind } from './scorer-kind.js';

/** A model behind an OpenAI-compatible address, asked to rate each picture by a rubric: see docs/judges.md. */
export const judge: ScorerKind = {
  summary: 'a model behind an OpenAI-compatible address, by a rubric (docs/judges.md)',
  argument: 'YAML file',
  async open(path, { cache, signal, onNote, onProgress }): Promise<Scorer> {
    const config = await loadJudgeConfig(path);
    const opened = await openJudge(config, {
      ...(cache !== undefined && { cache: join(cache, 'judges') }),
      ...(signal && { signal }),
      ...(onNote && { onNote }),
    });
    const { endpoint, model, rubric, range, samples, temperature, maxTokens, jsonSchema, picture, detail } = config;
    const decides = [
      wordingVersion,
      endpoint,
      model,
      rubric,
      range,
      samples,
      temperature,
      maxTokens,
      jsonSchema,
      picture,
      detail,
    ];
    return {
      name: `judge:${model}`,
      identity: createHash('sha256')
        .update(JSON.stringify(['judge', ...decides]))
        .digest('hex'),
      weights: null,
      readsPrompt: true,
      learntFrom: null,
      async score(items) {
        let done = 0;
        const scores = await concurrently(items, config.concurrency, async ({ prompt, image }) => {
          const question = scoreQuestion(opened, prompt, image);
          let sum = 0;
          for (let sample = 0; sample < samples; sample++) sum += await opened.ask(question, sample);
          onProgress?.(++done, items.length);
          return sum / samples;
        });
        return Float64Array.from(scores);
      },
      async release() {
        const spent = opened.spent();
        if (spent.calls + spent.keptAnswers > 0) onNote?.(`${model}: ${formatSpent(spent)}`);
      },
    };
  },
};
