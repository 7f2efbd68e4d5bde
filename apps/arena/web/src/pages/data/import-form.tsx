import { type DragEvent, useCallback, useRef, useState } from 'react';
import { importFile, importPath } from '../../api/datasets.js';
import { useSession } from '../../shell/session.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { ProgressBar } from '../../ui/progress-bar.js';
import { percent } from '../../ui/say.js';
import { useAction } from '../../ui/use-action.js';

const endings = '.jsonl,.json,.csv,.parquet';

/** A file is dropped or chosen; in a local arena a path of this computer may be named instead, as for folders. */
export function ImportForm({ project, onImported }: { project: string; onImported: () => void }) {
  const { me } = useSession();
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState<{ name: string; share: number } | null>(null);
  const upload = useAction(
    useCallback(
      async (files: readonly File[]) => {
        try {
          for (const file of files) {
            setSending({ name: file.name, share: 0 });
            await importFile(project, file, (share) => setSending({ name: file.name, share }));
            onImported();
          }
        } finally {
          setSending(null);
        }
      },
      [project, onImported],
    ),
  );
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    if (!upload.busy) void upload.run([...event.dataTransfer.files]);
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is beside the button, which the keyboard reaches */}
      <div
        className={over ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {sending ? (
          <>
            <p role="status">
              Sending {sending.name}: {percent(sending.share)}
            </p>
            <ProgressBar done={sending.share} total={1} label={`Sending ${sending.name}`} />
          </>
        ) : (
          <>
            <p>
              Drop a file of comparisons here: JSONL, CSV, Parquet, or an export of Pick-a-Pic, Label Studio, Argilla,
              VideoAlign or TRL. What it is, is seen from its fields.
            </p>
            <button type="button" className="button primary" onClick={() => chooser.current?.click()}>
              Choose a file
            </button>
          </>
        )}
        <input
          ref={chooser}
          type="file"
          hidden
          multiple
          accept={endings}
          aria-label="File of comparisons"
          onChange={({ target }) => {
            void upload.run([...(target.files ?? [])]);
            target.value = '';
          }}
        />
      </div>
      <Problem>{upload.problem}</Problem>
      {me.mode === 'local' && <PathForm project={project} onImported={onImported} />}
    </>
  );
}

function PathForm({ project, onImported }: { project: string; onImported: () => void }) {
  const [path, setPath] = useState('');
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      await importPath(project, path.trim());
      setPath('');
      onImported();
    }, [project, path, onImported]),
  );
  return (
    <form
      className="field"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <Field
        label="Or a path on this computer"
        hint="Also a folder with chosen/ and rejected/, or a file that names pictures beside it."
      >
        {(control) => (
          <div className="copyable">
            <input
              {...control}
              className="input"
              placeholder="/home/me/comparisons.jsonl"
              spellCheck={false}
              value={path}
              onChange={({ target }) => setPath(target.value)}
            />
            <button type="submit" className="button" disabled={busy || path.trim() === ''}>
              Import
            </button>
          </div>
        )}
      </Field>
      <Problem>{problem}</Problem>
    </form>
  );
}
