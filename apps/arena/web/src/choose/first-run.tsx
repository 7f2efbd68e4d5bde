import type { Project } from '@bradley/arena-contract';
import { useState } from 'react';
import { modalityLooks } from './modalities/table.js';

/** What all this is, once, until the first choice or the button. */
export function FirstRun({ project, choices }: { project: Project; choices: number }) {
  const key = `bradley knows ${project.id}`;
  const [known, setKnown] = useState(() => localStorage.getItem(key) !== null);
  if (known || choices > 0) return null;
  const { instructions } = project.settings;
  return (
    <aside className="first-run" aria-label="How it works">
      {instructions ? (
        <p className="instructions">{instructions}</p>
      ) : (
        <ol>
          <li>
            {project.settings.candidates === 2
              ? 'You see two of a kind. Choose the one that you like better; there is no wrong answer.'
              : 'You see several of a kind. Click them from best to worst; there is no wrong answer.'}
          </li>
          <li>
            {project.settings.candidates === 2
              ? `${modalityLooks[project.settings.modality].wholeIsButton ? 'Click, swipe, or press' : 'Press the button below it, or'} ← and →. If you cannot decide, say so; U takes the last one back.`
              : 'Or press their numbers. If you cannot decide, say so; U takes the last one back.'}
          </li>
          <li>
            {project.draws
              ? 'After some thirty choices Bradley can learn your taste. Everything stays on this computer.'
              : 'Take your time: what you choose is kept at once, and you can go on another day.'}
          </li>
        </ol>
      )}
      <button
        type="button"
        className="button compact"
        onClick={() => {
          localStorage.setItem(key, 'yes');
          setKnown(true);
        }}
      >
        Understood
      </button>
    </aside>
  );
}
