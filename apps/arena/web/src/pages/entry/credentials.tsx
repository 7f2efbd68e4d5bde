import { Field } from '../../ui/field.js';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** E-mail address and password: of an account that is there, or of a new one. */
export function CredentialFields({
  value,
  isNew,
  onChange,
}: {
  value: Credentials;
  isNew: boolean;
  onChange: (value: Credentials) => void;
}) {
  return (
    <>
      <Field label="E-mail address" {...(isNew && { hint: 'To sign in with; nothing is ever sent to it.' })}>
        {(control) => (
          <input
            {...control}
            className="input"
            type="email"
            required
            maxLength={254}
            autoComplete="username"
            value={value.email}
            onChange={({ target }) => onChange({ ...value, email: target.value })}
          />
        )}
      </Field>
      <Field label="Password" {...(isNew && { hint: '12 characters or more; a few words make a good one.' })}>
        {(control) => (
          <input
            {...control}
            className="input"
            type="password"
            required
            minLength={isNew ? 12 : 1}
            maxLength={128}
            autoComplete={isNew ? 'new-password' : 'current-password'}
            value={value.password}
            onChange={({ target }) => onChange({ ...value, password: target.value })}
          />
        )}
      </Field>
    </>
  );
}
