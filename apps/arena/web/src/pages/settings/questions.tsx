import type { ProjectSettings } from '@bradley/arena-contract';
import { Field } from '../../ui/field.js';

type Question = ProjectSettings['questions'][number];
const most = 8;

/** The questions that are asked of each task, one answer each. */
export function Questions({
  questions,
  onChange,
}: {
  questions: readonly Question[];
  onChange: (questions: Question[]) => void;
}) {
  const change = (index: number, part: Partial<Question>): void =>
    onChange(questions.map((one, i) => (i === index ? { ...one, ...part } : one)));
  return (
    <fieldset className="section">
      <legend className="unseen">Questions</legend>
      {questions.map((question, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: both of its texts may be edited
        <div key={index} className="question-row">
          <Field label={`Question ${index + 1}`}>
            {(control) => (
              <input
                {...control}
                className="input"
                required
                maxLength={200}
                value={question.text}
                onChange={({ target }) => change(index, { text: target.value })}
              />
            )}
          </Field>
          <Field label="Its id in the data">
            {(control) => (
              <input
                {...control}
                className="input"
                required
                maxLength={64}
                pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
                title="a–z, 0–9 and -, not at the ends"
                value={question.id}
                onChange={({ target }) => change(index, { id: target.value })}
              />
            )}
          </Field>
          <button
            type="button"
            className="button"
            disabled={questions.length === 1}
            aria-label={`Remove question ${index + 1}`}
            onClick={() => onChange(questions.filter((_, i) => i !== index))}
          >
            Remove
          </button>
        </div>
      ))}
      <div className="row">
        <button
          type="button"
          className="button compact"
          disabled={questions.length === most}
          onClick={() => onChange([...questions, { id: `question-${questions.length + 1}`, text: '' }])}
        >
          Add a question
        </button>
        <span className="small soft">Each is answered for every task, so more of them make choosing slower.</span>
      </div>
    </fieldset>
  );
}
