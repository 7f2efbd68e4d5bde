import { Field } from '../../ui/field.js';

/** Why something is changed, for the audit trail. */
export function Reason({ value, onChange }: { value: string; onChange: (reason: string) => void }) {
  return (
    <Field label="Reason" hint="Stands in the audit trail, with your name.">
      {(control) => (
        <input
          {...control}
          className="input"
          required
          maxLength={500}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
