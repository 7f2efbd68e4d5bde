import type { Presentation, ScreenOutcome } from '@bradley/arena-contract';
import { useEffect, useRef, useState } from 'react';
import type { Answers } from './queue.js';
import { type Order, toggle, whole } from './ranking.js';

interface Progress {
  readonly token: string;
  readonly answers: Answers;
  readonly order: Order;
}

const begun = (token: string): Progress => ({ token, answers: {}, order: [] });

/** The answer to one presentation as it grows: question by question, and within a ranking place by place. */
export function useAnswering(
  presentation: Presentation,
  onAnswered: (answers: Answers, milliseconds: number) => void,
  onUndo: () => void,
) {
  const { token, questions, candidates } = presentation;
  const [progress, setProgress] = useState(() => begun(token));
  const { answers, order } = progress.token === token ? progress : begun(token);
  const shownAt = useRef(performance.now());
  // biome-ignore lint/correctness/useExhaustiveDependencies: the clock starts anew with each presentation
  useEffect(() => {
    shownAt.current = performance.now();
  }, [token]);

  const asked = Object.keys(answers).length;
  const question = questions[asked];
  const isRanking = candidates.length > 2;
  const ranking = isRanking ? whole(order, candidates.length) : null;

  const decide = (outcome: ScreenOutcome): void => {
    if (!question) return;
    const now: Answers = { ...answers, [question.id]: outcome };
    const isLast = asked + 1 === questions.length;
    setProgress(isLast ? begun(token) : { token, answers: now, order: [] });
    if (isLast) onAnswered(now, Math.min(86_400_000, Math.round(performance.now() - shownAt.current)));
  };

  return {
    question,
    asked,
    order,
    isRanking,
    /** Whether a ranking is decided. */
    isWhole: ranking !== null,
    choose(position: number): void {
      if (isRanking) setProgress({ token, answers, order: toggle(order, position) });
      else decide({ kind: 'winner', position });
    },
    arrange: (arranged: Order): void => setProgress({ token, answers, order: arranged }),
    decide,
    done(): void {
      if (ranking) decide({ kind: 'ranking', positions: ranking });
    },
    /** One place, one question, or the whole answer before. */
    undo(): void {
      const last = questions[asked - 1];
      if (order.length > 0) setProgress({ token, answers, order: order.slice(0, -1) });
      else if (last) {
        const { [last.id]: _taken, ...rest } = answers;
        setProgress({ token, answers: rest, order: [] });
      } else onUndo();
    },
  };
}

export type Answering = ReturnType<typeof useAnswering>;
