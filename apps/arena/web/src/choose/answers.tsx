import type { Presentation } from '@bradley/arena-contract';
import type { ReactNode } from 'react';
import type { Answering } from './use-answering.js';

/** The question, and every answer to it that is not one of the candidates. */
export function Answers({
  presentation,
  answering,
  canUndo,
  children,
}: {
  presentation: Presentation;
  answering: Answering;
  canUndo: boolean;
  children: ReactNode;
}) {
  const { questions, allowTie, allowBothBad, allowSkip, candidates } = presentation;
  const { question, asked, isRanking, isWhole, order } = answering;
  const all = candidates.length > 2;
  return (
    <div className="answers">
      {children}
      <h2 className="question">
        {questions.length > 1 && (
          <span className="tag">
            {Math.min(asked + 1, questions.length)} of {questions.length}
          </span>
        )}
        {question?.text}
        {isRanking && <span className="soft question-how"> Click them from best to worst.</span>}
      </h2>
      <div className="row answer-buttons">
        {isRanking && (
          <button type="button" className="button primary" disabled={!isWhole} onClick={answering.done}>
            Done
          </button>
        )}
        {allowTie && (
          <button type="button" className="button" onClick={() => answering.decide({ kind: 'tie' })}>
            {all ? 'All alike' : 'Tie'}
          </button>
        )}
        {allowBothBad && (
          <button type="button" className="button" onClick={() => answering.decide({ kind: 'bothBad' })}>
            {all ? 'All bad' : 'Both bad'}
          </button>
        )}
        {allowSkip && (
          <button type="button" className="button" onClick={() => answering.decide({ kind: 'skip' })}>
            Skip
          </button>
        )}
        <button
          type="button"
          className="button plain"
          disabled={!canUndo && asked === 0 && order.length === 0}
          onClick={answering.undo}
        >
          Undo
        </button>
      </div>
    </div>
  );
}
