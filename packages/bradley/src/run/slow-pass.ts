import { type Answer, type OpenRun, obeyControl, type Proceed, updateState } from '@bradley/train';
import { duration } from '../cli/progress.js';

/** A pass that takes less says nothing in the record. */
const shortMilliseconds = 2000;
/** Between two lines of the record. */
const quietMilliseconds = 15_000;
/** Between two looks at how far it is. */
const shownMilliseconds = 1000;

export interface PassTelling<Answers extends Answer> {
  /** A line that stays. */
  say(message: string): void | Promise<void>;
  /** What is going on, for those who watch; null when it has ended. */
  show?(doing: string | null): Promise<void>;
  /** Whether to go on. */
  ask(): Promise<Answers>;
}

/**
 * Tells how far a slow pass is: at once and each second where somebody watches, and in the record after two seconds, every fifteen, and
 * at its end. What was found is not counted in the time of each, so that the time left is of a pass that finds nothing more.
 *
 * @param what such as 'encoding pictures'
 */
export function slowPass<Answers extends Answer>(what: string, telling: PassTelling<Answers>): Proceed<Answers> {
  const began = performance.now();
  let [computing, counted, asked] = [0, 0, began];
  let [sayAt, showAt] = [began + shortMilliseconds, began];
  return async ({ done, total, computed }) => {
    const now = performance.now();
    if (computed > counted) computing += now - asked;
    counted = computed;
    const each = computing / 1000 / Math.max(1, computed);
    if (done === total) {
      if (now - began > shortMilliseconds)
        await telling.say(`${what}: all ${total}, ${computed} of them computed now in ${duration(computing / 1000)}`);
      await telling.show?.(null);
      return telling.ask();
    }
    const rate = `, ${each < 9.95 ? `${each.toPrecision(2)} s` : duration(each)} each, at most ${duration((total - done) * each)} left`;
    const line = `${what}: ${done} of ${total}${computed > 0 ? rate : ''}`;
    if (now >= sayAt) {
      sayAt = now + quietMilliseconds;
      await telling.say(line);
    }
    if (now >= showAt) {
      showAt = now + shownMilliseconds;
      await telling.show?.(line);
    }
    const answer = await telling.ask();
    asked = performance.now();
    return answer;
  };
}

/** A slow pass of a run: told in its metrics and its state, and it obeys pause and stop. */
export const passOfRun = (run: OpenRun, say: PassTelling<Answer>['say'], what: string): Proceed =>
  slowPass(what, { say, show: (doing) => updateState(run, { doing }), ask: () => obeyControl(run) });
