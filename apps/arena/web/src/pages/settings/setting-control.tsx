import type { ProjectSettings } from '@bradley/arena-contract';
import { useId } from 'react';
import { Field } from '../../ui/field.js';
import type { SettingRow } from './settings-table.js';

/** The control of a row of the table. */
export function SettingControl({
  row,
  settings,
  onChange,
}: {
  row: SettingRow;
  settings: ProjectSettings;
  onChange: (change: Partial<ProjectSettings>) => void;
}) {
  const id = useId();
  const set = (value: string | number | boolean): void => onChange({ [row.setting]: value });
  if (row.control === 'check')
    return (
      <div className="explained">
        <label className="check">
          <input
            type="checkbox"
            aria-describedby={id}
            checked={settings[row.setting]}
            onChange={({ target }) => set(target.checked)}
          />
          {row.label}
        </label>
        <p id={id} className="small soft">
          {row.hint}
        </p>
      </div>
    );
  return (
    <Field label={row.label} hint={row.hint}>
      {(control) => {
        if (row.control === 'select')
          return (
            <select
              {...control}
              className="input"
              value={settings[row.setting]}
              onChange={({ target }) => set(target.value)}
            >
              {Object.entries(row.options).map(([value, says]) => (
                <option key={value} value={value}>
                  {says}
                </option>
              ))}
            </select>
          );
        if (row.control === 'line' || row.control === 'text') {
          const common = {
            ...control,
            className: 'input',
            maxLength: row.most,
            value: settings[row.setting],
            onChange: ({ target }: { target: { value: string } }) => set(target.value),
          };
          return row.control === 'line' ? <input {...common} /> : <textarea rows={4} {...common} />;
        }
        const share = row.control === 'share';
        const [least, most, times] = share ? [0, 50, 100] : [row.least, row.most, 1];
        return (
          <input
            {...control}
            className="input"
            type="number"
            required
            min={least}
            max={most}
            step={1}
            value={Number.isNaN(settings[row.setting]) ? '' : Math.round(settings[row.setting] * times)}
            onChange={({ target }) => set(target.valueAsNumber / times)}
          />
        );
      }}
    </Field>
  );
}
