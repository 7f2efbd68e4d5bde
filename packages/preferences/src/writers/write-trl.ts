import { messagesOfText } from '../readers/messages.js';
import { jsonLines, writeTexts } from './text-file.js';
import { type ComparisonWriter, converted, counting, outcomeIn, pairIn, requireKinds } from './writer.js';

const format = "TRL's preferences";

/** Standard preferences between texts, {id, prompt, chosen, rejected}; a row in which one was kept as the JSON of messages is conversational. */
export const trlWriter: ComparisonWriter = {
  writes: "a .jsonl file of texts in TRL's preference format",
  ending: '.jsonl',
  async write(path, input) {
    const rows = converted(input, (record) => {
      const { index } = outcomeIn(record, format, ['winner']);
      const pair = pairIn(record, format);
      requireKinds(record, format, ['text']);
      const [chosen, rejected] = index === 0 ? pair : [pair[1], pair[0]];
      const texts = [record.prompt, chosen.media, rejected.media] as const;
      const conversational = texts.some((text) => messagesOfText(text) !== undefined);
      const [prompt, better, worse] = conversational
        ? texts.map((content, at) => messagesOfText(content) ?? [{ role: at === 0 ? 'user' : 'assistant', content }])
        : texts;
      return { id: record.id, prompt, chosen: better, rejected: worse };
    });
    const counter = counting();
    await writeTexts(path, jsonLines(counter.through(rows)));
    return counter.count;
  },
};
