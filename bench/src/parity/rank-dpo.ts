import { backward, chunk, concat, constant, graph, input, type Value } from '@bradley/graph';
import { errorOverReference, pairWeights, rankDpo } from '@bradley/objectives';
import { evaluate } from '@bradley/runtime';
import {
  type Case,
  dataOf,
  feedOf,
  find,
  floats,
  maxDifference,
  type RunResult,
  readPart,
  relativeError,
  tolerance,
  worst,
} from './case.js';

const logBases = { ln: 'natural', log2: '2' } as const;

/** RankDPO with each base of its discounts: ranks, s, Δ, the loss and its gradient at the policy's predictions. The paper's β is half of ours. */
export async function rankDpoCase(of: Case): Promise<RunResult[]> {
  const io = await readPart(of, 'io');
  const names = ['rankdpo.in.pred', 'rankdpo.in.target', 'rankdpo.in.ref_pred'] as const;
  const [policy, target, reference] = names.map((name) => input(name, find(io, name).shape)) as [Value, Value, Value];
  const feeds = Object.fromEntries(names.map((name) => [name, feedOf(find(io, name))]));
  const phi = floats(io, 'rankdpo.in.phi');
  const order = [...phi.keys()].toSorted((a, b) => (phi[b] as number) - (phi[a] as number));
  const cut = (x: Value): Value[] => {
    const parts = chunk(x, phi.length, 0);
    return order.map((i) => parts[i] as Value);
  };
  const [policies, targets, references] = [cut(policy), cut(target), cut(reference)];
  const sides = policies.map((side, i) => ({
    policy: side,
    target: targets[i] as Value,
    reference: { prediction: references[i] as Value },
  }));
  const { beta } = of.json.rankdpo as { beta: number };
  const sorted = constant(
    order.map((i) => phi[i] as number),
    [1, phi.length],
  );
  const results: RunResult[] = [];
  for (const [name, logBase] of Object.entries(logBases)) {
    const weighting = { weights: 'dcg', logBase } as const;
    const { loss } = rankDpo.loss({ sides, phi: sorted }, { beta: 2 * beta, ...weighting });
    const [gradient] = backward(loss, [policy]) as [Value];
    const s = concat(sides.map(errorOverReference), 0);
    const outputs = graph({ loss, gradient, s, delta: pairWeights(sorted, weighting).weights });
    const got = await evaluate(outputs, feeds, { device: of.device });
    const want = (part: string): Float32Array => floats(io, `rankdpo.${name}.${part}`);
    const close = (at: string, found: Float32Array, expected: Float32Array) => ({
      at,
      error: relativeError(found, expected),
      tolerance: tolerance(of, 'out_rel'),
    });
    const wanted = want('out.delta');
    const pairs = order.flatMap((i, a) => order.slice(a + 1).map((j) => wanted[i * phi.length + j] as number));
    const ranks = Float32Array.from(phi, (_, i) => order.indexOf(i) + 1);
    results.push(
      worst(`${of.name}/rankdpo.${name}`, [
        { at: 'rank', error: maxDifference(ranks, want('out.rank')), tolerance: 0 },
        close(
          's',
          dataOf(got.s),
          Float32Array.from(order, (i) => want('out.s')[i] as number),
        ),
        close('delta', dataOf(got.delta), Float32Array.from(pairs)),
        close('loss', dataOf(got.loss), want('out.loss')),
        {
          at: 'grad.pred',
          error: relativeError(dataOf(got.gradient), want('grad.pred')),
          tolerance: tolerance(of, 'grad_rel'),
        },
      ]),
    );
  }
  return results;
}
