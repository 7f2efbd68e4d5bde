import { useCallback, useState } from 'react';
import { Redirect } from 'wouter';
import { signIn } from '../../api/me.js';
import { useSession } from '../../shell/session.js';
import { useAction } from '../../ui/use-action.js';
import { CredentialFields } from './credentials.js';
import { EntryForm } from './entry-form.js';

export function SignInPage() {
  const { me, reload } = useSession();
  const [credentials, setCredentials] = useState({ email: '', password: '' });
  const action = useAction(
    useCallback(async () => {
      await signIn(credentials.email.trim(), credentials.password);
      await reload();
    }, [credentials, reload]),
  );
  if (me.user) return <Redirect to="/" replace />;
  return (
    <EntryForm
      title="Sign in"
      says="Without an account, open the invite link that you were given."
      act="Sign in"
      action={action}
    >
      <CredentialFields value={credentials} isNew={false} onChange={setCredentials} />
    </EntryForm>
  );
}
