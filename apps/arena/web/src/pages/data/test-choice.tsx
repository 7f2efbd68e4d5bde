import { Field } from '../../ui/field.js';
import type { Test } from './send-tasks.js';

const purposes = {
  none: 'to be compared',
  gold: 'known answers, to see who is right how often',
  attention: 'attention checks, whose answer anybody sees who looks',
} as const;

/** What the tasks of a folder are for; where raters are tested with them, which model's candidate is right. */
export function TestChoice({
  models,
  test,
  onChange,
}: {
  models: readonly string[];
  test: Test | null;
  onChange: (test: Test | null) => void;
}) {
  const right = test?.right ?? models[0] ?? '';
  return (
    <div className="columns">
      <Field label="What they are for">
        {(control) => (
          <select
            {...control}
            className="input"
            value={test?.purpose ?? 'none'}
            onChange={({ target }) => {
              const purpose = target.value as keyof typeof purposes;
              onChange(purpose === 'none' ? null : { purpose, right });
            }}
          >
            {Object.entries(purposes).map(([value, says]) => (
              <option key={value} value={value}>
                {says}
              </option>
            ))}
          </select>
        )}
      </Field>
      {test && (
        <Field
          label="Right is what is of"
          hint="Tasks without it are left out. How many of them raters are shown is in the settings."
        >
          {(control) => (
            <select
              {...control}
              className="input"
              value={right}
              onChange={({ target }) => onChange({ ...test, right: target.value })}
            >
              {models.map((model) => (
                <option key={model}>{model}</option>
              ))}
            </select>
          )}
        </Field>
      )}
    </div>
  );
}
