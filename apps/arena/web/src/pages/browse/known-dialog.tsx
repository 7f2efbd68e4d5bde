import { expectedOutcomeSchema, type Project, type StoredComparison } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { Link } from 'wouter';
import { type KnownAnswer, setKnownAnswer } from '../../api/comparisons.js';
import { projectPath } from '../../shell/sections.js';
import { Dialog } from '../../ui/dialog.js';
import { percent } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { OutcomeChoices } from './outcome-choices.js';

const purposes = {
  gold: { says: 'Known answer: shows who is right how often', share: 'goldShare' },
  attention: { says: 'Attention check: anybody sees the answer who looks', share: 'attentionShare' },
} as const;

/** Makes what is compared a test of raters, with the answer that is right. */
export function KnownDialog({
  project,
  comparison,
  onDone,
  onClose,
}: {
  project: Project;
  comparison: StoredComparison;
  onDone: (changed: StoredComparison) => void;
  onClose: () => void;
}) {
  const { id, candidates, prompt } = comparison;
  const [purpose, setPurpose] = useState<KnownAnswer['purpose']>('gold');
  const [outcome, setOutcome] = useState(comparison.outcome);
  const action = useAction(
    useCallback(async () => {
      const expected = expectedOutcomeSchema.parse(outcome);
      onDone(await setKnownAnswer(project.id, id, { purpose, expected }));
    }, [project.id, id, purpose, outcome, onDone]),
  );
  const share = project.settings[purposes[purpose].share];
  const ready = expectedOutcomeSchema.safeParse(outcome).success;
  return (
    <Dialog title="Test raters with this?" act="Test with it" {...{ action, onClose, ready }}>
      <p className="soft">{prompt}</p>
      <fieldset className="choices">
        <legend className="label">As</legend>
        {(Object.keys(purposes) as (keyof typeof purposes)[]).map((one) => (
          <label key={one} className="check">
            <input type="radio" name="purpose" checked={purpose === one} onChange={() => setPurpose(one)} />
            {purposes[one].says}
          </label>
        ))}
      </fieldset>
      <OutcomeChoices
        says={candidates.length > 2 ? 'What is right; of a ranking the first place counts' : 'What is right'}
        {...{ candidates, outcome }}
        others={['tie', 'bothBad']}
        onChange={setOutcome}
      />
      <p className="soft small">
        Whoever has not answered it yet may be shown it, and those answers are not trained on. Such tasks are now{' '}
        {percent(share)} of what is shown: <Link href={projectPath(project, 'settings')}>settings</Link>.
      </p>
    </Dialog>
  );
}
