import { backward, chunk, graph, input, type Value } from '@bradley/graph';
import { diffusionDpo, mapo } from '@bradley/objectives';
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

type Io = Awaited<ReturnType<typeof readPart>>;
type Loss = (sides: { policy: Value; target: Value; reference: Value | null }) => {
  loss: Value;
  metrics: Readonly<Record<string, Value>>;
};

/** Every run `<model>.<situation>.<loss>`: the loss, its metrics and its gradient at the policy's prediction. */
export async function diffusionDpoCase(of: Case): Promise<RunResult[]> {
  const io = await readPart(of, 'io');
  const runs = of.json.runs as Record<string, { beta: number }>;
  const results: RunResult[] = [];
  for (const [name, { beta: given }] of Object.entries(runs)) {
    const [target, situation, kind] = name.split('.') as [string, string, 'half_beta' | 'sigmoid' | 'hinge' | 'ipo'];
    // The diffusers losses multiply by beta where the authors' multiply by beta / 2.
    const beta = kind === 'half_beta' ? given : 2 * given;
    const options = { beta, loss: kind === 'half_beta' ? ('sigmoid' as const) : kind, anchor: 0 };
    const names = {
      policy: `${target}.${situation}.pred`,
      target: `${target}.target`,
      reference: `${target}.${situation}.ref_pred`,
    };
    const got = await run(of, io, names, (sides) => diffusionDpo.loss(pair(sides), options));
    const absolute = beta >= 1000;
    results.push(
      worst(`${of.name}/${name}`, [
        absolute
          ? { at: 'loss', error: maxDifference(got.loss, floats(io, `${name}.out.loss`)), tolerance: 1e-3 }
          : {
              at: 'loss',
              error: relativeError(got.loss, floats(io, `${name}.out.loss`)),
              tolerance: tolerance(of, 'out_rel'),
            },
        {
          at: 'grad.pred',
          error: relativeError(got.gradient, floats(io, `${name}.grad.pred`)),
          tolerance: tolerance(of, 'grad_rel'),
        },
        {
          at: 'implicit_acc_half_ties',
          error: maxDifference(got.metric('implicitAccuracy'), floats(io, `${name}.out.implicit_acc_half_ties`)),
          tolerance: tolerance(of, 'out_rel'),
        },
        {
          at: 'raw_model_loss',
          error: relativeError(got.metric('modelError'), floats(io, `${name}.out.raw_model_loss`)),
          tolerance: tolerance(of, 'out_rel'),
        },
      ]),
    );
  }
  return results;
}

export async function mapoCase(of: Case): Promise<RunResult[]> {
  const io = await readPart(of, 'io');
  const runs = of.json.runs as Record<string, { snr_value: number; beta_mapo: number; num_train_timesteps: number }>;
  const results: RunResult[] = [];
  for (const [name, { snr_value, beta_mapo, num_train_timesteps }] of Object.entries(runs)) {
    const options = { beta: beta_mapo, snrValue: snr_value, timesteps: num_train_timesteps };
    const got = await run(of, io, { policy: `${name}.in.pred`, target: `${name}.in.target` }, (sides) =>
      mapo.loss(pair(sides), options),
    );
    const mean = (part: string): Float32Array => {
      const values = floats(io, `${name}.out.${part}`);
      return Float32Array.of(values.reduce((a, b) => a + b, 0) / values.length);
    };
    const close = (at: string, got: Float32Array, want: Float32Array) => ({
      at,
      error: relativeError(got, want),
      tolerance: tolerance(of, 'out_rel'),
    });
    results.push(
      worst(`${of.name}/${name}`, [
        close('loss', got.loss, floats(io, `${name}.out.loss`)),
        close('model_losses_w', got.metric('chosenError'), mean('model_losses_w')),
        close('model_losses_l', got.metric('rejectedError'), mean('model_losses_l')),
        {
          at: 'grad.pred',
          error: relativeError(got.gradient, floats(io, `${name}.grad.pred`)),
          tolerance: tolerance(of, 'grad_rel'),
        },
      ]),
    );
  }
  return results;
}

async function run(of: Case, io: Io, names: { policy: string; target: string; reference?: string }, loss: Loss) {
  const at = (name: string): Value => input(name, find(io, name).shape);
  const policy = at(names.policy);
  const { loss: value, metrics } = loss({
    policy,
    target: at(names.target),
    reference: names.reference ? at(names.reference) : null,
  });
  const [gradient] = backward(value, [policy]) as [Value];
  const feeds = Object.fromEntries(Object.values(names).map((name) => [name, feedOf(find(io, name))]));
  const {
    loss: total,
    gradient: slope,
    ...rest
  } = await evaluate(graph({ loss: value, gradient, ...metrics }), feeds, { device: of.device });
  return { loss: dataOf(total), gradient: dataOf(slope), metric: (name: string) => dataOf(rest[name]) };
}

/** The first half of the batch are the winners. */
function pair({ policy, target, reference }: Parameters<Loss>[0]) {
  const [p, t, r] = [policy, target, reference].map((x) => (x ? chunk(x, 2, 0) : null));
  const side = (i: number) => ({
    policy: p?.[i] as Value,
    target: t?.[i] as Value,
    reference: r?.[i] ? { prediction: r[i] } : null,
  });
  return { chosen: side(0), rejected: side(1), preference: null };
}
