import type { Project } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { type ApiKey, type CreatedApiKey, listKeys, makeKey, revokeKey } from '../../api/keys.js';
import { Copyable } from '../../ui/copyable.js';
import { DataTable } from '../../ui/data-table.js';
import { Dialog } from '../../ui/dialog.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { when } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';
import { SettingsFrame } from './settings-frame.js';

/** The keys with which products log what their users chose. */
export function KeysPage({ project }: { project: Project }) {
  const keys = useLoaded(project.id, () => listKeys(project.id));
  const [made, setMade] = useState<CreatedApiKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const reload = (): void => void keys.reload();
  return (
    <SettingsFrame
      project={project}
      part="keys"
      says="With a key, a product logs what it showed and what its user chose; the comparisons arrive here."
    >
      <NewKey
        project={project.id}
        onMade={(key) => {
          setMade(key);
          reload();
        }}
      />
      {made && (
        <section className="card" aria-labelledby="new-key" role="status">
          <h2 id="new-key">The key of {made.name}</h2>
          <p>Copy it now: it is shown this once, and only its hash is kept.</p>
          <Copyable text={made.key} what="the key" />
        </section>
      )}
      <WhenLoaded of={keys} what="the keys">
        {(found) =>
          found.length === 0 ? (
            <p className="soft">There is no key yet.</p>
          ) : (
            <DataTable
              caption="API keys"
              rows={found}
              keyOf={({ id }) => id}
              columns={[
                { name: 'Name', cell: ({ name }) => name },
                { name: 'Begins with', cell: ({ prefix }) => <code>{prefix}…</code> },
                { name: 'For pages of', cell: ({ origins }) => origins.join(', ') || 'servers only' },
                { name: 'Made', cell: ({ createdAt }) => when(createdAt) },
                { name: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt ? when(lastUsedAt) : 'never') },
                {
                  name: 'State',
                  cell: (key) =>
                    key.revoked ? (
                      <span className="tag failed">revoked</span>
                    ) : (
                      <button
                        type="button"
                        className="button compact danger"
                        aria-label={`Revoke ${key.name}`}
                        onClick={() => setRevoking(key)}
                      >
                        Revoke
                      </button>
                    ),
                },
              ]}
            />
          )
        }
      </WhenLoaded>
      {revoking && (
        <Revoke
          project={project.id}
          apiKey={revoking}
          onClose={() => setRevoking(null)}
          onDone={() => {
            setRevoking(null);
            reload();
          }}
        />
      )}
    </SettingsFrame>
  );
}

function NewKey({ project, onMade }: { project: string; onMade: (key: CreatedApiKey) => void }) {
  const [name, setName] = useState('');
  const [sites, setSites] = useState('');
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      const origins = sites.split(/[\s,]+/).filter(Boolean);
      onMade(await makeKey(project, { name, origins }));
      setName('');
      setSites('');
    }, [project, name, sites, onMade]),
  );
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <h2>New key</h2>
      <div className="columns">
        <Field label="Name" hint="What uses it, such as “shop, production”.">
          {(control) => (
            <input
              {...control}
              className="input"
              required
              maxLength={60}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <Field
          label="Sites whose pages may use it"
          hint="Such as https://shop.example; everybody who opens them can read the key. Empty: servers only."
        >
          {(control) => (
            <input
              {...control}
              className="input"
              placeholder="https://shop.example"
              value={sites}
              onChange={({ target }) => setSites(target.value)}
            />
          )}
        </Field>
      </div>
      <Problem>{problem}</Problem>
      <div className="row">
        <button type="submit" className="button primary" disabled={busy || name.trim() === ''}>
          Make a key
        </button>
      </div>
    </form>
  );
}

function Revoke({
  project,
  apiKey,
  onClose,
  onDone,
}: {
  project: string;
  apiKey: ApiKey;
  onClose: () => void;
  onDone: () => void;
}) {
  const action = useAction(
    useCallback(async () => {
      await revokeKey(project, apiKey.id);
      onDone();
    }, [project, apiKey.id, onDone]),
  );
  return (
    <Dialog title={`Revoke the key ${apiKey.name}?`} act="Revoke" danger {...{ action, onClose }}>
      <p className="soft">What uses it is refused at once, and for good. What it logged stays.</p>
    </Dialog>
  );
}
