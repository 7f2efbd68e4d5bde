/**
 * The modules of a network in two layouts: a row pairs two paths, and whatever lies under one is called the same under the
 * other. `['input_blocks.0.0', 'conv_in']` says that `input_blocks.0.0.weight` is `conv_in.weight`.
 */
export type ModuleNames = readonly (readonly [ldm: string, diffusers: string])[];

/** The name in the other layout, or undefined where no row has the tensor. */
export type Rename = (name: string) => string | undefined;

/** Both directions of a table. A name goes by the longest path that the table has. */
export function renaming(rows: ModuleNames): { readonly toDiffusers: Rename; readonly toLdm: Rename } {
  return {
    toDiffusers: under(new Map(rows)),
    toLdm: under(new Map(rows.map(([ldm, diffusers]) => [diffusers, ldm]))),
  };
}

function under(paths: ReadonlyMap<string, string>): Rename {
  return (name) => {
    for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
      const path = paths.get(name.slice(0, end));
      if (path !== undefined) return path + name.slice(end);
    }
    return undefined;
  };
}

/** How many different numbers stand in paths `<start><number>.…`: the number of modules, where none is missing. */
export function countModules(names: ReadonlySet<string>, start: string): number {
  const numbers = [...names].flatMap((name) =>
    name.startsWith(start) ? [Number.parseInt(name.slice(start.length), 10)] : [],
  );
  return new Set(numbers.filter(Number.isInteger)).size;
}
