import type { DiffusionModel } from '@bradley/models';

/** The words of a prompt that none of a model's text encoders has in its vocabulary. */
export function unknownWords({ textEncoders }: Pick<DiffusionModel, 'textEncoders'>, prompt: string): string[] {
  const [first = [], ...others] = textEncoders.map(({ tokenizer }) => tokenizer.unknownWords(prompt));
  return first.filter((word) => others.every((words) => words.includes(word)));
}

/** What to say of a prompt's unknown words, or null where there are none. */
export function unknownWordsMessage(model: Pick<DiffusionModel, 'textEncoders'>, prompt: string): string | null {
  const words = unknownWords(model, prompt).map((word) => `"${word}"`);
  if (words.length === 0) return null;
  const list = words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
  return `The model has never seen ${list}, so of "${prompt}" it knows less than it says: expect another picture.`;
}
