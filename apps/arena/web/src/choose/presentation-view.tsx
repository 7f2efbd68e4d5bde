import type { Presentation } from '@bradley/arena-contract';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Answers } from './answers.js';
import { Candidates } from './candidates.js';
import { Flicker } from './flicker.js';
import { KeyLegend } from './key-legend.js';
import { type Command, commandOf } from './keys.js';
import { useLetterKeys } from './letter-keys.js';
import { useMagnifier } from './magnifier.js';
import { modalityLooks } from './modalities/table.js';
import { candidateNames, useStacked } from './names.js';
import { RankingStrip } from './ranking-strip.js';
import { useAnswering } from './use-answering.js';
import type { Choosing } from './use-chooser.js';

/** One presentation with all that can be done about it, by pointer, touch and keyboard. */
export function PresentationView({
  presentation,
  choosing,
  count,
}: {
  presentation: Presentation;
  choosing: Choosing;
  count: number;
}) {
  const { chooser, prepared, queue } = choosing;
  const look = modalityLooks[presentation.modality];
  const names = candidateNames(presentation, useStacked());
  const stage = useRef<HTMLElement>(null);
  const letters = useLetterKeys();
  const magnifier = useMagnifier(look.closeLook);
  const [flickering, setFlickering] = useState(false);
  const chosenAt = useMeasuredSwap(presentation, prepared.ready);
  const answering = useAnswering(
    presentation,
    (answers, milliseconds) => {
      chosenAt.current = performance.now();
      chooser.answer(answers, milliseconds);
    },
    chooser.undo,
  );

  const act: { [K in Command['kind']]: (command: Extract<Command, { kind: K }>) => void } = {
    choose: ({ position }) => answering.choose(position),
    tie: () => presentation.allowTie && answering.decide({ kind: 'tie' }),
    bothBad: () => presentation.allowBothBad && answering.decide({ kind: 'bothBad' }),
    skip: () => presentation.allowSkip && answering.decide({ kind: 'skip' }),
    undo: answering.undo,
    done: answering.done,
    zoom: magnifier.start,
    flicker: () => setFlickering(true),
  };
  useKeys(
    presentation.candidates.length,
    letters.on,
    look.closeLook,
    (command) => act[command.kind](command as never),
    () => {
      magnifier.stop();
      setFlickering(false);
    },
  );

  const places = answering.isRanking
    ? presentation.candidates.map((_, position) => answering.order.indexOf(position) + 1 || null)
    : null;
  const { question } = answering;
  // A long one scrolls, so it must be reachable by keyboard.
  const isLong = presentation.prompt.length > 90;
  return (
    <>
      <p className="unseen" role="status">
        {`${presentation.candidates.length === 2 ? 'Pair' : 'Set'} ${count + 1}. Prompt: ${presentation.prompt}. ${question?.text ?? ''}`}
      </p>
      <h1 className={isLong ? 'prompt long' : 'prompt'} tabIndex={isLong ? 0 : undefined}>
        {presentation.prompt}
      </h1>
      <div className="stage-frame">
        <Candidates
          presentation={presentation}
          names={names}
          places={places}
          magnifier={magnifier}
          stage={stage}
          onChoose={answering.choose}
        />
        {flickering && <Flicker presentation={presentation} names={names} />}
      </div>
      {answering.isRanking && <RankingStrip presentation={presentation} names={names} answering={answering} />}
      <Answers presentation={presentation} answering={answering} canUndo={queue.answered.length > 0}>
        {look.Controls && <look.Controls key={presentation.token} stage={stage} />}
      </Answers>
      <KeyLegend presentation={presentation} letters={letters} />
    </>
  );
}

/** Listens to the whole page, except where one types or a control takes the key itself. */
function useKeys(
  candidates: number,
  letters: boolean,
  closeLook: boolean,
  onCommand: (command: Command) => void,
  onRelease: () => void,
): void {
  const latest = useRef({ onCommand, onRelease });
  latest.current = { onCommand, onRelease };
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.closest('input, textarea, select, [contenteditable], dialog, video, audio')) return;
      if (!letters && event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey) return;
      const command = commandOf(event, candidates);
      if (!command || (!closeLook && (command.kind === 'zoom' || command.kind === 'flicker'))) return;
      // The buttons of a ranking's row do nothing by themselves.
      const takesKeys = target.closest('button, a, summary') && !target.closest('[data-arrows]');
      if ((event.key === ' ' || event.key === 'Enter') && takesKeys) return;
      if (event.key.startsWith('Arrow') && target.closest('[data-arrows]')) return;
      if (event.key === 'ArrowDown' && target.closest('.reading, .prompt')) return; // it scrolls
      event.preventDefault();
      if (!event.repeat) latest.current.onCommand(command);
    };
    const release = (): void => latest.current.onRelease();
    addEventListener('keydown', press);
    addEventListener('keyup', release);
    addEventListener('blur', release);
    return () => {
      removeEventListener('keydown', press);
      removeEventListener('keyup', release);
      removeEventListener('blur', release);
    };
  }, [candidates, letters, closeLook]);
}

/** Measures from an answer to the next presentation being painted, as `performance.measure('next-pair')`. */
function useMeasuredSwap(presentation: Presentation, ready: (presentation: Presentation) => Promise<unknown>) {
  const chosenAt = useRef<number | null>(null);
  useLayoutEffect(() => {
    const start = chosenAt.current;
    chosenAt.current = null;
    if (start === null) return;
    void ready(presentation).then(() =>
      // After the frame in which it was painted.
      requestAnimationFrame(() =>
        setTimeout(() => performance.measure('next-pair', { start, end: performance.now() })),
      ),
    );
  }, [presentation, ready]);
  return chosenAt;
}
