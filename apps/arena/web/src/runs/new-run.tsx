import { useCallback, useState } from 'react';
import { useLocation } from 'wouter';
import { startRun } from '../api/runs.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';

/** A run file to begin with: what `bradley train` takes, for the model that ships with Bradley in its clone. */
const preset = `model: models/emoji          # a folder, a single file, or a name of the Hugging Face hub
data:
  path: my-taste             # a snapshot by its name, see the data of a project, or a path
objective:
  name: diffusion-dpo
  beta: 500
adapter:
  kind: lora
  rank: 8
  alpha: 8
optimizer:
  name: adamw
  lr: 1.0e-3
train:
  steps: 150
  batch: 16
validate:
  every: 50
`;

/** Starts a run by its file. The server says all that is wrong with it at once. */
export function NewRun() {
  const [, go] = useLocation();
  const [name, setName] = useState('');
  const [config, setConfig] = useState(preset);
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      const started = await startRun(name, config);
      go(`/runs/${encodeURIComponent(started.run)}`);
    }, [name, config, go]),
  );
  return (
    <details className="card">
      <summary>
        <h2>New run</h2>
      </summary>
      <form
        className="section"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div className="field">
          <label htmlFor="run-name">Name</label>
          <input
            id="run-name"
            className="input"
            required
            maxLength={60}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="run-config">Settings, as `bradley train` takes them</label>
          <textarea
            id="run-config"
            className="input code"
            rows={18}
            spellCheck={false}
            value={config}
            onChange={({ target }) => setConfig(target.value)}
          />
        </div>
        <Problem>{problem && <pre className="problem-text">{problem}</pre>}</Problem>
        <div className="row">
          <button type="submit" className="button primary" disabled={busy}>
            Start
          </button>
        </div>
      </form>
    </details>
  );
}
