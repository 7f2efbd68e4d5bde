import type { Project, Snapshot } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { freezeSnapshot, listSnapshots } from '../../api/datasets.js';
import { Copyable } from '../../ui/copyable.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { bytes, count, when, whole } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';

/** Frozen versions of the comparisons, which trainings read without a database. */
export function Snapshots({ project }: { project: Project }) {
  const snapshots = useLoaded(project.id, () => listSnapshots(project.id));
  return (
    <section className="card" aria-labelledby="snapshots">
      <h2 id="snapshots">Snapshots</h2>
      <p className="soft">
        A snapshot is what a training reads: the comparisons of now with their media and a card, as a version that never
        changes.
      </p>
      <Freeze project={project} onFrozen={() => void snapshots.reload()} />
      <WhenLoaded of={snapshots} what="the snapshots">
        {(found) => (
          <div>
            {found.map((one) => (
              <Frozen key={`${one.name}@${one.version}`} snapshot={one} />
            ))}
          </div>
        )}
      </WhenLoaded>
    </section>
  );
}

function Freeze({ project, onFrozen }: { project: Project; onFrozen: () => void }) {
  const [name, setName] = useState(project.id);
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      await freezeSnapshot(project.id, name);
      onFrozen();
    }, [project.id, name, onFrozen]),
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <Field
        label="Name"
        hint="a–z, 0–9 and -. Freezing the same name again makes its next version, or none where nothing changed."
      >
        {(control) => (
          <div className="copyable">
            <input
              {...control}
              className="input"
              required
              maxLength={64}
              pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
            <button type="submit" className="button primary" disabled={busy || project.comparisons === 0}>
              {busy ? 'Freezing…' : 'Freeze'}
            </button>
          </div>
        )}
      </Field>
      {project.comparisons === 0 && <p className="soft small">There is nothing to freeze yet.</p>}
      <Problem>{problem}</Problem>
    </form>
  );
}

/** On the model that ships with Bradley: any other is a matter of `--model`. */
const trainCommand = (data: string, name: string): string =>
  `npx bradley train --model models/emoji --data ${/^[\w@%+=:,./-]+$/.test(data) ? data : `'${data.replaceAll("'", String.raw`'\''`)}'`} ` +
  `--objective diffusion-dpo --steps 200 --output runs/${name}`;

function Frozen({ snapshot }: { snapshot: Snapshot }) {
  const { name, version, comparisons, media, bytes: size, createdAt, trainAs, card } = snapshot;
  return (
    <article className="snapshot" aria-label={`${name}, version ${version}`}>
      <div className="row">
        <strong>{name}</strong>
        <span className="tag">version {whole(version)}</span>
        <a href={card} target="_blank" rel="noreferrer">
          Card
        </a>
        <span className="soft small">{when(createdAt)}</span>
      </div>
      <p className="soft">
        {count(comparisons, 'comparison')}, {count(media, 'file')}, {bytes(size)}
      </p>
      <Copyable text={trainCommand(trainAs, name)} what={`the command that trains on ${name}@${version}`} />
    </article>
  );
}
