import type { Project } from '@bradley/arena-contract';
import { useCallback, useMemo, useState } from 'react';
import { drawPrompts } from '../api/taste.js';
import { Problem } from '../ui/problem.js';
import { useAction } from '../ui/use-action.js';

const chips = 5;

/** "Draw me: …". What the model has never seen is told, not hidden. */
export function OwnPrompt({
  project,
  suggestions,
  onAsked,
}: {
  project: Project;
  suggestions: readonly string[];
  onAsked: () => void;
}) {
  const [prompt, setPrompt] = useState('');
  const [said, setSaid] = useState('');
  const first = useMemo(
    () => Math.floor(Math.random() * Math.max(1, suggestions.length - chips)),
    [suggestions.length],
  );
  const { run, busy, problem } = useAction(
    useCallback(
      async (wanted: string) => {
        const { unknownWords, drawn } = await drawPrompts(project.id, [wanted]);
        const unknown = (unknownWords[0] ?? []).map((word) => `“${word}”`).join(', ');
        setSaid(
          drawn[0] === false
            ? `“${wanted}” is not drawn: the model knows none of its words. Try one of its own, such as ${suggestions[0]}.`
            : unknown === ''
              ? `“${wanted}” is being drawn and comes up soon.`
              : `“${wanted}” is being drawn, but the model has never seen ${unknown}: expect little of it.`,
        );
        setPrompt('');
        onAsked();
      },
      [project.id, suggestions, onAsked],
    ),
  );
  return (
    <div className="own-prompt">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (prompt.trim()) void run(prompt.trim());
        }}
      >
        <input
          className="input"
          aria-label="Draw me"
          placeholder="Draw me: …"
          maxLength={300}
          value={prompt}
          onChange={({ target }) => setPrompt(target.value)}
        />
        <button type="submit" className="button" disabled={busy || prompt.trim() === ''}>
          Draw
        </button>
      </form>
      {said ? (
        <p className="small soft" role="status">
          {said}
        </p>
      ) : (
        <div className="chips">
          {suggestions.slice(first, first + chips).map((suggestion) => (
            <button
              key={suggestion}
              type="button"
              className="chip"
              disabled={busy}
              onClick={() => void run(suggestion)}
            >
              {suggestion}
            </button>
          ))}
        </div>
      )}
      <Problem>{problem}</Problem>
    </div>
  );
}
