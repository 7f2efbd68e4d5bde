import { Field } from '../../ui/field.js';

export function NameField({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  return (
    <Field label="Your name" hint="As others of the project see it. It need not be your real one.">
      {(control) => (
        <input
          {...control}
          className="input"
          required
          maxLength={60}
          autoComplete="nickname"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
