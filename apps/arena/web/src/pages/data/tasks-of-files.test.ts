import { describe, expect, it } from 'vitest';
import { tasksOfFiles } from './tasks-of-files.js';

const files = (...paths: string[]) => paths.map((path) => ({ path }));
const said = (paths: string[], shown = 2) =>
  tasksOfFiles(files(...paths), shown).tasks.map(
    ({ prompt, candidates }) => `${prompt}: ${candidates.map(({ model }) => model).join(' ')}`,
  );

describe('tasks of a folder with a folder for each model', () => {
  it('compare files of the same name, whatever their endings', () =>
    expect(said(['c/base/red-fox.png', 'c/tuned/red-fox.webp', 'c/base/a_cat.png', 'c/tuned/a_cat.png'])).toEqual([
      'a cat: base tuned',
      'red fox: base tuned',
    ]));

  it('are all pairs where there are more models than are shown', () => {
    const three = ['c/x/fox.png', 'c/y/fox.png', 'c/z/fox.png'];
    expect(said(three)).toEqual(['fox: x y', 'fox: x z', 'fox: y z']);
    expect(said(three, 3)).toEqual(['fox: x y z']);
    expect(said(three, 4)).toEqual(['fox: x y z']);
  });

  it('leave out what has no partner, no model, or a name that is there already, and say so', () => {
    const plan = tasksOfFiles(
      files('c/x/fox.png', 'c/x/cat.png', 'c/y/cat.png', 'c/y/cat.webp', 'c/readme.md', 'c/x/.DS_Store'),
      2,
    );
    expect(plan.tasks).toHaveLength(1);
    expect(plan.models).toEqual(['x', 'y']);
    expect([...plan.leftOut].sort()).toEqual(['c/readme.md', 'c/x/fox.png', 'c/y/cat.webp']);
  });
});
