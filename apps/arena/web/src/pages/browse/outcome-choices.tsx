import type { StoredComparison } from '@bradley/arena-contract';
import type { ReactNode } from 'react';
import { kindNames } from '../results/kinds.js';
import { nameOf } from './candidate-view.js';
import { Order } from './order.js';

type Outcome = StoredComparison['outcome'];

/** An outcome to be chosen: of a pair a winner, of more a ranking too, or one of the others that are asked for. */
export function OutcomeChoices({
  says,
  candidates,
  outcome,
  others,
  onChange,
}: {
  says: string;
  candidates: StoredComparison['candidates'];
  outcome: Outcome;
  others: readonly ('tie' | 'bothBad' | 'skip')[];
  onChange: (outcome: Outcome) => void;
}) {
  return (
    <fieldset className="choices">
      <legend className="label">{says}</legend>
      {candidates.map((candidate, index) => (
        <Choice
          // biome-ignore lint/suspicious/noArrayIndexKey: candidates have no other name, and stay
          key={index}
          checked={outcome.kind === 'winner' && outcome.index === index}
          onChoose={() => onChange({ kind: 'winner', index })}
        >
          {candidate.address && candidate.type?.startsWith('image/') && <img src={candidate.address} alt="" />}
          {nameOf(candidate, index)}
        </Choice>
      ))}
      {candidates.length > 2 && (
        <Choice
          checked={outcome.kind === 'ranking'}
          onChoose={() => onChange({ kind: 'ranking', order: candidates.map((_, index) => index) })}
        >
          A ranking
        </Choice>
      )}
      {outcome.kind === 'ranking' && (
        <Order
          candidates={candidates}
          order={outcome.order as number[]}
          onChange={(order) => onChange({ kind: 'ranking', order })}
        />
      )}
      {others.map((kind) => (
        <Choice key={kind} checked={outcome.kind === kind} onChoose={() => onChange({ kind })}>
          {kindNames[kind]}
        </Choice>
      ))}
    </fieldset>
  );
}

function Choice({ checked, onChoose, children }: { checked: boolean; onChoose: () => void; children: ReactNode }) {
  return (
    <label className="check">
      <input type="radio" name="outcome" checked={checked} onChange={onChoose} />
      {children}
    </label>
  );
}
