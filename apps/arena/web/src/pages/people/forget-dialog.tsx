import { useCallback, useState } from 'react';
import { forgetRater } from '../../api/people.js';
import { Dialog } from '../../ui/dialog.js';
import { useAction } from '../../ui/use-action.js';

const ways = {
  anonymize: 'Keep the choices as nobody’s: name and account are deleted',
  delete: 'Delete the choices too',
} as const;

/** Deletes what is known of a rater, where the rater asks for it. It cannot be taken back. */
export function ForgetDialog({
  project,
  rater,
  name,
  onClose,
  onDone,
}: {
  project: string;
  rater: string;
  name: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const [how, setHow] = useState<keyof typeof ways>('anonymize');
  const action = useAction(
    useCallback(async () => {
      await forgetRater(project, rater, how);
      onDone();
    }, [project, rater, how, onDone]),
  );
  return (
    <Dialog title={`Forget ${name}?`} act="Forget for good" danger {...{ action, onClose }}>
      <fieldset className="section">
        <legend className="label">How</legend>
        {(Object.keys(ways) as (keyof typeof ways)[]).map((way) => (
          <label key={way} className="check">
            <input type="radio" name="how" checked={how === way} onChange={() => setHow(way)} />
            {ways[way]}
          </label>
        ))}
      </fieldset>
      <p className="soft">
        This cannot be taken back. Snapshots that were frozen before keep what they have: delete their folders where
        that must go as well.
      </p>
    </Dialog>
  );
}
