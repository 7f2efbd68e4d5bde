import { useCallback, useState } from 'react';
import { Redirect } from 'wouter';
import { setUp } from '../../api/me.js';
import { useSession } from '../../shell/session.js';
import { useAction } from '../../ui/use-action.js';
import { CredentialFields } from './credentials.js';
import { EntryForm } from './entry-form.js';
import { NameField } from './name-field.js';
import { secretOfAddress } from './secret-of-address.js';

/** Makes the first account of a team's arena, with the secret of the link that the command printed. */
export function SetUpPage() {
  const { me, reload } = useSession();
  const [secret] = useState(secretOfAddress);
  const [name, setName] = useState('');
  const [credentials, setCredentials] = useState({ email: '', password: '' });
  const action = useAction(
    useCallback(async () => {
      await setUp({ secret, name, ...credentials });
      await reload();
    }, [secret, name, credentials, reload]),
  );
  if (me.user) return <Redirect to="/projects" replace />;
  if (!secret)
    return (
      <main id="main" className="page entry" tabIndex={-1}>
        <title>Set up · Bradley</title>
        <h1>Open the link that the command printed</h1>
        <p className="soft">
          The first account is made with a link that <code>bradley arena --team</code> prints as it starts. Its end,
          after the #, is missing here.
        </p>
      </main>
    );
  return (
    <EntryForm
      title="The first account"
      says="It owns this arena’s projects. Everybody else comes in by invite links that you make."
      act="Make the account"
      action={action}
    >
      <NameField value={name} onChange={setName} />
      <CredentialFields value={credentials} isNew onChange={setCredentials} />
    </EntryForm>
  );
}
