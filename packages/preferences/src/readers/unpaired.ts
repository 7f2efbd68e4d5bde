/** An answer with a label that says whether it is a good one. */
export interface Labelled {
  readonly where: string;
  readonly id: string;
  readonly prompt: string;
  readonly completion: string;
  readonly label: boolean;
}

export interface LabelledPair {
  readonly good: Labelled;
  readonly bad: Labelled;
}

/** What may wait for its counterpart; beyond it the one that waited longest is given up. */
const maxWaiting = 2 ** 26;

/**
 * Pairs good and bad answers to the same prompt, each once and with the one that came last. Those that wait take up to 64 Mi characters.
 * @param limit a smaller limit
 */
export function pairer(limit = maxWaiting) {
  const waiting = new Map<string, Labelled[]>(); // by prompt, all of one label, the prompt that waited longest first
  let characters = 0;
  const size = ({ prompt, completion }: Labelled) => prompt.length + completion.length;
  return {
    /** The pair that an answer completes, if any, and the answers that are given up for it. */
    add(answer: Labelled): { pair?: LabelledPair; givenUp: Labelled[] } {
      const others = waiting.get(answer.prompt) ?? [];
      const other = others[0]?.label === !answer.label ? others.pop() : undefined;
      if (other) {
        if (others.length === 0) waiting.delete(answer.prompt);
        characters -= size(other);
        return { pair: answer.label ? { good: answer, bad: other } : { good: other, bad: answer }, givenUp: [] };
      }
      others.push(answer);
      waiting.set(answer.prompt, others);
      characters += size(answer);
      const givenUp: Labelled[] = [];
      for (const [prompt, answers] of waiting) {
        if (characters <= limit) break;
        waiting.delete(prompt);
        for (const given of answers) {
          givenUp.push(given);
          characters -= size(given);
        }
      }
      return { givenUp };
    },
    /** The answers without a counterpart. */
    rest: (): Labelled[] => [...waiting.values()].flat(),
  };
}
