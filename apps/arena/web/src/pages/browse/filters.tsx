import type { Project } from '@bradley/arena-contract';
import { useSearchParams } from 'wouter';
import type { ComparisonFilter } from '../../api/comparisons.js';
import { listRaters } from '../../api/people.js';
import { Field } from '../../ui/field.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { kindNames } from '../results/kinds.js';

const names = ['prompt', 'question', 'rater', 'kind', 'model', 'purpose'] as const;
type Name = (typeof names)[number];

const purposes = {
  ordinary: 'Ordinary',
  gold: 'Answer known',
  attention: 'Attention check',
  repeat: 'Repeated',
} as const;

const texts = [
  ['prompt', 'Prompt has'],
  ['model', 'Model is'],
] as const;

/** The filter stands in the page's address, so that it can be sent to others and survives a reload. */
export function filterOf(search: URLSearchParams): ComparisonFilter {
  const given = names.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : []));
  return { ...Object.fromEntries(given), ...(search.has('withdrawn') && { withdrawn: true }) };
}

export function Filters({ project }: { project: Project }) {
  const [search, setSearch] = useSearchParams();
  const listed = useLoaded(project.id, () => listRaters(project.id));
  const apply = (form: HTMLFormElement): void => {
    const given = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]);
    setSearch(new URLSearchParams(given.filter(([, value]) => value !== '')), { replace: true });
  };
  const raters = (listed.value?.raters ?? []).map(({ id, name }) => [id, name] as const);
  const questions = project.settings.questions.map(({ id, text }) => [id, text] as const);
  const selects: readonly (readonly [Name, string, readonly (readonly [value: string, says: string])[]])[] = [
    ['kind', 'Outcome', Object.entries(kindNames)],
    ['question', 'Question', questions],
    ['rater', 'Rater', raters],
    ['purpose', 'Purpose', Object.entries(purposes)],
  ];
  return (
    <search>
      <form
        className="filters"
        key={`${search} ${raters.length}`}
        aria-label="Filter"
        onSubmit={(event) => {
          event.preventDefault();
          apply(event.currentTarget);
        }}
      >
        {texts.map(([name, label]) => (
          <Field key={name} label={label}>
            {(control) => (
              <input
                {...control}
                className="input"
                name={name}
                type="search"
                maxLength={200}
                defaultValue={search.get(name) ?? ''}
              />
            )}
          </Field>
        ))}
        {selects.map(([name, label, options]) => (
          <Field key={name} label={label}>
            {(control) => (
              <select
                {...control}
                className="input"
                name={name}
                defaultValue={search.get(name) ?? ''}
                onChange={({ target }) => target.form?.requestSubmit()}
              >
                <option value="">any</option>
                {options.map(([value, says]) => (
                  <option key={value} value={value}>
                    {says}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ))}
        <label className="check">
          <input
            type="checkbox"
            name="withdrawn"
            value="true"
            defaultChecked={search.has('withdrawn')}
            onChange={({ target }) => target.form?.requestSubmit()}
          />
          Withdrawn ones
        </label>
        <button type="submit" className="button">
          Filter
        </button>
      </form>
    </search>
  );
}
