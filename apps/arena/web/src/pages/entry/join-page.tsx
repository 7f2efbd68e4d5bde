import { useCallback, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { acceptInvite, type InviteOffer, lookAtInvite } from '../../api/joining.js';
import { useSession } from '../../shell/session.js';
import { when } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { CredentialFields } from './credentials.js';
import { EntryForm } from './entry-form.js';
import { NameField } from './name-field.js';
import { secretOfAddress } from './secret-of-address.js';

/** Where an invite link leads. What is agreed to is read before the first choice, in the project itself. */
export function JoinPage() {
  const [secret] = useState(secretOfAddress);
  const offer = useLoaded(secret, () => lookAtInvite(secret));
  if (offer.state === 'ready') return <Join secret={secret} offer={offer.value} />;
  return (
    <main id="main" className="page entry" tabIndex={-1}>
      <title>Invite · Bradley</title>
      {offer.state === 'loading' ? (
        <p role="status">Looking at the invite…</p>
      ) : (
        <>
          <h1>This link does not work</h1>
          <p role="alert">
            {secret ? offer.problem.message : 'Its end, after the #, is missing: copy the whole link.'}
          </p>
          <p>
            <Link href="/">To the first page</Link>
          </p>
        </>
      )}
    </main>
  );
}

const says: Record<InviteOffer['role'], string> = {
  rater: 'You are invited to choose.',
  viewer: 'You are invited to look at the results.',
  owner: 'You are invited to run it together with others. That needs an account.',
};

function Join({ secret, offer }: { secret: string; offer: InviteOffer }) {
  const { me, reload } = useSession();
  const [, go] = useLocation();
  const [name, setName] = useState(me.user?.name ?? '');
  const [withAccount, setWithAccount] = useState(offer.role === 'owner');
  const [credentials, setCredentials] = useState({ email: '', password: '' });
  const action = useAction(
    useCallback(async () => {
      const account = !me.user && withAccount ? { account: credentials } : {};
      const joined = await acceptInvite({ secret, name, ...account });
      await reload();
      go(`/p/${encodeURIComponent(joined.project)}${joined.role === 'viewer' ? '/results' : ''}`, { replace: true });
    }, [me.user, secret, name, withAccount, credentials, reload, go]),
  );
  return (
    <EntryForm
      title={offer.name}
      says={
        <>
          {says[offer.role]} The invite is good until {when(offer.expiresAt)}.
        </>
      }
      act="Join"
      action={action}
    >
      <NameField value={name} onChange={setName} />
      {me.user ? (
        <p className="soft small">You are signed in as {me.user.name}, and join as that.</p>
      ) : (
        <>
          {offer.role !== 'owner' && (
            <label className="check">
              <input type="checkbox" checked={withAccount} onChange={({ target }) => setWithAccount(target.checked)} />
              With an account, to come back from another device
            </label>
          )}
          {withAccount ? (
            <CredentialFields value={credentials} isNew onChange={setCredentials} />
          ) : (
            <p className="soft small">
              Without one, this browser remembers you. Once you sign out there is no way back to what you chose.
            </p>
          )}
        </>
      )}
    </EntryForm>
  );
}
