import { type Modality, modalities } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { useLocation } from 'wouter';
import { makeProject } from '../api/projects.js';
import { useSession } from '../shell/session.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';
import { projectId } from './project-id.js';

/** A name and what is compared; all else is decided in its settings, where it leads. */
export function NewProject() {
  const { reload } = useSession();
  const [, go] = useLocation();
  const [name, setName] = useState('');
  const [modality, setModality] = useState<Modality>('image');
  const [candidates, setCandidates] = useState(2);
  const id = projectId(name);
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      await makeProject({ id, name, settings: { modality, candidates, draw: false } });
      await reload();
      go(`/p/${id}/data`);
    }, [id, name, modality, candidates, reload, go]),
  );
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <h2>New project</h2>
      <div className="columns">
        <div className="field">
          <label htmlFor="project-name">Name</label>
          <input
            id="project-name"
            className="input"
            required
            maxLength={100}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="project-modality">What is compared</label>
          <select
            id="project-modality"
            className="input"
            value={modality}
            onChange={({ target }) => setModality(target.value as Modality)}
          >
            {modalities.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor="project-candidates">Shown at once</label>
          <input
            id="project-candidates"
            className="input"
            type="number"
            min={2}
            max={8}
            value={candidates}
            onChange={({ target }) => setCandidates(Number(target.value))}
          />
        </div>
      </div>
      <Problem>{problem}</Problem>
      <div className="row">
        <button type="submit" className="button primary" disabled={busy || id === ''}>
          Make it
        </button>
        {id && (
          <span className="soft small">
            Its address will be <code>/p/{id}</code>
          </span>
        )}
      </div>
    </form>
  );
}
