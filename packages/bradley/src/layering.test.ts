import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** The packages in their order: each imports only from those before it. */
const layers = [
  'graph',
  'runtime',
  'formats',
  'diffusion',
  'models',
  'objectives',
  'preferences',
  'train',
  'evaluate',
  'collector',
  'arena-contract',
  'arena-web',
  'arena-server',
  'bradley',
];
const packages = fileURLToPath(new URL('../..', import.meta.url));
/** Where a layer's folder is, from the folder of packages. */
const folderOf = (layer: string): string =>
  layer.startsWith('arena-') ? join('..', 'apps', 'arena', layer.slice('arena-'.length)) : layer;
const generated = [join('graph', 'src', 'onnx', 'onnx_pb.ts'), join('formats', 'src', 'tensorboard', 'event_pb.ts')];
const bannedNames = /^(utils?|helpers?|common|misc|manager)\b/;

interface SourceFile {
  /** From the folder of packages: `graph/src/value.ts`. */
  readonly path: string;
  readonly layer: string;
  readonly text: string;
  /** What its imports and re-exports name, types and dynamic ones included. */
  readonly imports: readonly string[];
}

const files: SourceFile[] = layers.flatMap((layer) =>
  readdirSync(join(packages, folderOf(layer), 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => read(layer, join(folderOf(layer), 'src', name))),
);
const sources = files.filter(({ path }) => !/\.test\.tsx?$/.test(path));

function read(layer: string, path: string): SourceFile {
  const text = readFileSync(join(packages, path), 'utf8');
  return { path, layer, text, imports: importsOf(text) };
}

function importsOf(text: string): string[] {
  const statement = /^(?:import|export)\s[^;'"]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  return [...text.matchAll(statement)].map(([, from, bare, dynamic]) => (from ?? bare ?? dynamic) as string);
}

/** Every import of the sources that a law forbids, as `file: import`. */
const breaking = (forbidden: (of: SourceFile, name: string) => boolean): string[] =>
  sources.flatMap((of) => of.imports.filter((name) => forbidden(of, name)).map((name) => `${of.path}: ${name}`));

/** The layer that an import names, if it names one of ours. */
const layerOf = (name: string): string | null =>
  /^(?:@bradley\/([^/]+)|(bradley)(?=\/|$))/.exec(name)?.slice(1).find(Boolean) ?? null;

/** The npm package of an import: its first part, or two where it has a scope. */
const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

describe('the imports of a package', () => {
  it('are found in every form that they take', () => {
    const text = [
      "import a from 'one';",
      "import {\n  type B,\n  c,\n} from '@two/three';",
      "export * from './four.js';",
      "import type { D } from 'five/six';",
      "import 'seven';",
      "const e = await import('eight');",
      'throw new Error("it comes from \'nowhere\'");',
    ].join('\n');
    expect(importsOf(text)).toEqual(['one', '@two/three', './four.js', 'five/six', 'seven', 'eight']);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(400);
  });

  it('go to packages before it', () => {
    expect(
      breaking((of, name) => {
        const layer = layerOf(name);
        return layer !== null && (!layers.includes(layer) || layers.indexOf(layer) >= layers.indexOf(of.layer));
      }),
    ).toEqual([]);
  });

  it('go through the entry of another package, never to a file inside it', () => {
    expect(breaking((_of, name) => layerOf(name) !== null && name !== packageOf(name))).toEqual([]);
    expect(
      breaking((of, name) => {
        if (!name.startsWith('.')) return false;
        const target = relative(join(packages, folderOf(of.layer), 'src'), resolve(packages, dirname(of.path), name));
        return target.split(sep)[0] === '..';
      }),
    ).toEqual([]);
  });
});

describe('a file', () => {
  it('has at most 300 lines, unless it is generated', () => {
    const long = files.filter(({ path, text }) => !generated.includes(path) && text.split('\n').length > 301);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('has a name that says its subject, in kebab case', () => {
    const names = files.filter(({ path }) => !generated.includes(path)).map(({ path }) => path);
    expect(names.filter((path) => bannedNames.test(basename(path)))).toEqual([]);
    expect(names.filter((path) => !/^[a-z0-9-]+(\.[a-z-]+)*\.tsx?$/.test(basename(path)))).toEqual([]);
  });
});
