import { randomInt, randomUUID } from 'node:crypto';
import type { Presentation, ProjectSettings } from '@bradley/arena-contract';
import type { TaskContent } from '@bradley/preferences';
import { shuffled } from './answer.js';
import type { Choice } from './choose.js';
import type { ProjectState } from './project-state.js';
import type { Outstanding, RaterState } from './rater-state.js';
import type { Seal } from './seal.js';

/** Seals the showing of what was chosen, in an order by chance or the one given, and notes it as outstanding. */
export function issue(
  seal: Seal,
  state: ProjectState,
  rater: RaterState,
  { size, ...choice }: Choice,
  shown: readonly number[] = shuffled(size, randomInt),
): Outstanding {
  const issuedAt = Date.now();
  const { taskId, purpose, questions } = choice;
  const token = seal.seal({
    ...{ presentation: randomUUID(), project: state.id, task: taskId, rater: rater.id },
    ...{ shown, purpose, questions, issuedAt },
  });
  const showing: Outstanding = { ...choice, token, shown, issuedAt };
  rater.outstanding.set(taskId, showing);
  state.reservations.push({ rater, showing });
  return showing;
}

/** What the rater gets to see of a showing: nothing that says who made what. */
export function present(
  addressOf: (sha256: string) => string,
  settings: ProjectSettings,
  { token, shown, questions }: Pick<Outstanding, 'token' | 'shown' | 'questions'>,
  { prompt, candidates, types }: TaskContent,
): Presentation {
  const { modality, allowTie, allowBothBad, allowSkip } = settings;
  return {
    ...{ token, prompt, modality, allowTie, allowBothBad, allowSkip },
    candidates: shown.map((index) => {
      const { media, kind = modality } = candidates[index] ?? { media: '' };
      return kind === 'text'
        ? { address: null, type: null, text: media }
        : { address: addressOf(media), type: types[media] ?? null, text: null };
    }),
    questions: settings.questions.filter(({ id }) => questions.includes(id)),
  };
}
