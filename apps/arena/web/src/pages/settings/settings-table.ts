import { modalities, type ProjectSettings } from '@bradley/arena-contract';

/** A setting with its control and what it means. The questions have a control of their own. */
export type SettingRow = { readonly label: string; readonly hint: string } & (
  | { readonly setting: Of<string>; readonly control: 'select'; readonly options: Readonly<Record<string, string>> }
  | { readonly setting: Of<string>; readonly control: 'line'; readonly most: number }
  | { readonly setting: Of<string>; readonly control: 'text'; readonly most: number }
  | { readonly setting: Of<number>; readonly control: 'number'; readonly least: number; readonly most: number }
  | { readonly setting: Of<number>; readonly control: 'share' }
  | { readonly setting: Of<boolean>; readonly control: 'check' }
);

/** The settings of a type. */
type Of<T> = { [S in keyof ProjectSettings]: ProjectSettings[S] extends T ? S : never }[keyof ProjectSettings];

export const settingGroups: readonly { readonly name: string; readonly rows: readonly SettingRow[] }[] = [
  {
    name: 'What is shown',
    rows: [
      {
        setting: 'modality',
        label: 'Kind of candidates',
        hint: 'Decides how they are shown. What was chosen already stays as it is.',
        control: 'select',
        options: Object.fromEntries(modalities.map((one) => [one, one])),
      },
      {
        setting: 'candidates',
        label: 'Shown at once',
        hint: 'Two make a pair, of which one is chosen; three and more are ranked.',
        control: 'number',
        least: 2,
        most: 8,
      },
      {
        setting: 'draw',
        label: 'Draw new pictures',
        hint: 'Where this arena has a model, it draws pairs of pictures ahead of those who choose.',
        control: 'check',
      },
      {
        setting: 'selection',
        label: 'What comes next',
        hint: 'By chance is the plainest: every pair of models is met alike often. Or, of 64 tasks drawn by chance, the one whose answer says most by what is known so far: of models that were met little, and among equally known ones of pairs that are close. That needs fewer choices for the same leaderboard, and meets settled pairs rarely.',
        control: 'select',
        options: { random: 'by chance', informative: 'what says most about the leaderboard' },
      },
      {
        setting: 'votesPerTask',
        label: 'Raters per task',
        hint: 'How many see each task. Agreement between raters needs two or more.',
        control: 'number',
        least: 1,
        most: 1000,
      },
    ],
  },
  {
    name: 'What may be answered',
    rows: [
      { setting: 'allowTie', label: 'Equally good', hint: 'Counts as half a win for each.', control: 'check' },
      {
        setting: 'allowBothBad',
        label: 'Both bad',
        hint: 'Never trained on, and not counted in the leaderboard.',
        control: 'check',
      },
      { setting: 'allowSkip', label: 'Skip', hint: 'Says nothing of which is better.', control: 'check' },
    ],
  },
  {
    name: 'Checks of quality',
    rows: [
      {
        setting: 'goldShare',
        label: 'Known answers, %',
        hint: 'Share of what is shown whose answer is known, to see who is right how often. Add such tasks in Data, or make them of comparisons in Browse.',
        control: 'share',
      },
      {
        setting: 'attentionShare',
        label: 'Attention checks, %',
        hint: 'Share of what is shown whose answer anybody sees who looks. Added in Data or made in Browse, as known answers are.',
        control: 'share',
      },
      {
        setting: 'repeatShare',
        label: 'Repeated, %',
        hint: 'Share of what is shown that the same rater answered before, to see who answers alike. None of these is trained on.',
        control: 'share',
      },
    ],
  },
  {
    name: 'What raters read',
    rows: [
      {
        setting: 'instructions',
        label: 'Instructions',
        hint: 'Shown before the first choice. Empty: a short introduction is.',
        control: 'text',
        most: 4000,
      },
      {
        setting: 'consent',
        label: 'Consent',
        hint: 'What raters agree to before their first choice. Empty: nothing is asked. After a change everybody is asked again; snapshots keep it word for word.',
        control: 'text',
        most: 10_000,
      },
    ],
  },
  {
    name: 'For the card of snapshots',
    rows: [
      {
        setting: 'licence',
        label: 'Licence',
        hint: 'Under which the comparisons may be used, such as CC-BY-4.0.',
        control: 'line',
        most: 200,
      },
      {
        setting: 'source',
        label: 'Source',
        hint: 'Where the candidates come from.',
        control: 'text',
        most: 2000,
      },
    ],
  },
];
