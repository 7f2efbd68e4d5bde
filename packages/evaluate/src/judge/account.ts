import type { JudgeConfig } from './judge-config.js';

export interface Spent {
  /** Requests that were sent. */
  readonly calls: number;
  /** Answers that were there from before, and cost nothing. */
  readonly keptAnswers: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In the currency of the prices; null without prices. */
  readonly money: number | null;
  /** Answers whose server does not say how many tokens they took: not in `money`. */
  readonly uncounted: number;
}

/** A run's budget is used up: what was answered until then is kept. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

export interface Account {
  spent(): Spent;
  kept(): void;
  /**
   * Waits until a call may be sent. Under a budget in money the first call goes alone; later ones go together as far as
   * the budget allows if each costs as much as the dearest so far.
   * @throws BudgetError where none may, or where a budget in money cannot be kept since the server does not count
   */
  begin(): Promise<void>;
  /** 'nothing' for a request that was not answered, null for an answer without a count. */
  end(usage: { readonly input: number; readonly output: number } | 'nothing' | null): void;
}

export function openAccount({ budget, prices, concurrency, model }: JudgeConfig): Account {
  const spent = { calls: 0, keptAnswers: 0, inputTokens: 0, outputTokens: 0, money: 0, uncounted: 0 };
  let underWay = 0;
  let dearest: number | null = null; // unknown until the first answer
  const waiting: (() => void)[] = [];
  const { calls = Number.POSITIVE_INFINITY, money = Number.POSITIVE_INFINITY } = budget;
  const affordable = (): boolean => spent.money + (underWay + 1) * (dearest ?? 0) <= money && spent.money < money;
  const blocked = (): boolean =>
    underWay >= concurrency || (budget.money !== undefined && dearest === null && underWay > 0) || !affordable();
  const state = (): Spent => ({ ...spent, money: prices ? spent.money : null });
  return {
    spent: state,
    kept: () => {
      spent.keptAnswers++;
    },
    async begin() {
      while (underWay > 0 && spent.calls < calls && blocked()) await new Promise<void>((wake) => waiting.push(wake));
      if (spent.uncounted > 0 && budget.money !== undefined)
        throw new BudgetError(
          `${model}: the server does not say how many tokens an answer took, so a budget in money cannot be kept. ` +
            'Give budget.calls instead.',
        );
      if (spent.calls >= calls || !affordable())
        throw new BudgetError(
          `The budget of ${budget.money ?? `${calls} calls`} for ${model} does not reach further: ${formatSpent(state())}. ` +
            'What was answered is kept: run it again with a larger budget to go on.',
        );
      spent.calls++;
      underWay++;
    },
    end(usage) {
      underWay--;
      if (usage === null) spent.uncounted++;
      else if (usage !== 'nothing') {
        spent.inputTokens += usage.input;
        spent.outputTokens += usage.output;
        const cost = prices ? (usage.input * prices.input + usage.output * prices.output) / 1e6 : 0;
        spent.money += cost;
        dearest = Math.max(dearest ?? 0, cost);
      }
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

/** Such as '12 calls, 3 answers kept from before, 8,123 + 240 tokens, 0.0013'. */
export function formatSpent({ calls, keptAnswers, inputTokens, outputTokens, money, uncounted }: Spent): string {
  const number = (value: number): string => value.toLocaleString('en');
  return [
    `${number(calls)} calls`,
    `${number(keptAnswers)} answers kept from before`,
    `${number(inputTokens)} + ${number(outputTokens)} tokens`,
    ...(money === null ? [] : [`cost ${money.toPrecision(3)}`]),
    ...(uncounted > 0 ? [`${number(uncounted)} answers whose tokens the server did not count`] : []),
  ].join(', ');
}
