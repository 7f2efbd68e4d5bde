import { replaceFile } from '@bradley/formats';

/** Pieces are gathered up to this many characters before they go to the file. */
const gathered = 2 ** 16;

/** Writes texts as they come, atomically. */
export async function writeTexts(path: string, texts: AsyncIterable<string>): Promise<void> {
  await replaceFile(path, async (file) => {
    let pending = '';
    for await (const text of texts) {
      pending += text;
      if (pending.length < gathered) continue;
      await file.appendFile(pending);
      pending = '';
    }
    await file.appendFile(pending);
  });
}

/** The texts of a JSON array, an element a line. */
export async function* jsonArray(values: AsyncIterable<unknown>): AsyncGenerator<string, void> {
  let first = true;
  for await (const value of values) {
    yield `${first ? '[' : ','}\n${JSON.stringify(value)}`;
    first = false;
  }
  yield first ? '[]\n' : '\n]\n';
}

/** The texts of JSON Lines. */
export async function* jsonLines(values: AsyncIterable<unknown>): AsyncGenerator<string, void> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}
