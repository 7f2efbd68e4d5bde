import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The Python stack that the peers need, or why it cannot be used. */
export type PythonStack = { readonly versions: Readonly<Record<string, string>> } | { readonly missing: string };

const libraries = ['torch', 'diffusers', 'transformers', 'peft'];
const script = `import importlib, json
print(json.dumps({name: importlib.import_module(name).__version__ for name in ${JSON.stringify(libraries)}}))`;

/** Imports the libraries once in that interpreter, with the environment's PYTHONPATH. */
export async function pythonStack(python: string): Promise<PythonStack> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', script]);
    return { versions: JSON.parse(stdout) as Record<string, string> };
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    const reason = stderr.trim().split('\n').at(-1) || message;
    return { missing: `${python} cannot import ${libraries.join(', ')} (${reason})` };
  }
}
