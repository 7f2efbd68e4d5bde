import type { Project, ProjectSettings } from '@bradley/arena-contract';
import { useCallback, useState } from 'react';
import { changeProject } from '../../api/projects.js';
import { ApiError } from '../../api/request.js';
import { useSession } from '../../shell/session.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { useAction } from '../../ui/use-action.js';
import { EndProject } from './end-project.js';
import { Questions } from './questions.js';
import { SettingControl } from './setting-control.js';
import { SettingsFrame } from './settings-frame.js';
import { settingGroups } from './settings-table.js';

/** Everything that an owner decides about a project. Only what was changed is sent. */
export function SettingsPage({ project }: { project: Project }) {
  return (
    <SettingsFrame project={project} part="settings" says={`What raters of ${project.name} are shown and asked.`}>
      <Form project={project} />
      {/* A verdict goes with the project whose training it judges. */}
      {project.verdictOf === null && <EndProject project={project} />}
    </SettingsFrame>
  );
}

type Change = Partial<ProjectSettings>;

function Form({ project }: { project: Project }) {
  const { reload } = useSession();
  const [name, setName] = useState(project.name);
  const [change, setChange] = useState<Change>({});
  const [saved, setSaved] = useState(false);
  const settings: ProjectSettings = { ...project.settings, ...change };
  const changed = name !== project.name || Object.keys(change).length > 0;
  const set = useCallback((part: Change) => {
    setSaved(false);
    setChange((before) => ({ ...before, ...part }));
  }, []);
  const { run, busy, problem } = useAction(
    useCallback(async () => {
      try {
        await changeProject(project.id, { ...(name !== project.name && { name }), settings: change });
      } catch (error) {
        throw error instanceof ApiError && error.issues.length > 0 ? new Error(sayIssues(error)) : error;
      }
      await reload();
      setChange({});
      setSaved(true);
    }, [project.id, project.name, name, change, reload]),
  );
  return (
    <form
      className="section"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <section className="card" aria-labelledby="asked">
        <h2 id="asked">What is asked</h2>
        <Field label="Name of the project">
          {(control) => (
            <input
              {...control}
              className="input"
              required
              maxLength={100}
              value={name}
              onChange={({ target }) => {
                setSaved(false);
                setName(target.value);
              }}
            />
          )}
        </Field>
        <Questions questions={settings.questions} onChange={(questions) => set({ questions })} />
      </section>
      {settingGroups.map((group) => (
        <section key={group.name} className="card setting" aria-label={group.name}>
          <h2>{group.name}</h2>
          {group.rows.map((row) => (
            <SettingControl key={row.setting} row={row} settings={settings} onChange={set} />
          ))}
        </section>
      ))}
      <div className="save-bar">
        <button type="submit" className="button primary" disabled={busy || !changed}>
          {busy ? 'Saving…' : 'Save'}
        </button>
        <span role="status" className="soft small">
          {saved && !changed ? 'Saved.' : changed ? 'Not saved yet.' : ''}
        </span>
        <Problem>{problem}</Problem>
      </div>
    </form>
  );
}

/** All that is wrong, by the names that the settings have on this page. */
const sayIssues = ({ issues }: ApiError): string =>
  issues.map(({ path, message }) => `${labels.get(path.replace(/^settings\./, '')) ?? path}: ${message}`).join('; ');

const labels = new Map<string, string>(
  settingGroups.flatMap(({ rows }) => rows.map(({ setting, label }) => [setting, label] as const)),
);
