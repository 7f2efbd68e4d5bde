import { toFloat32 } from '@bradley/formats';
import { chunk, graph, input, type Value } from '@bradley/graph';
import { checkpointStore, type LoraConfig, loraStore, unetConfigSchema, unetNetwork } from '@bradley/models';
import { diffusionDpo, mapo, type ObjectiveOutput } from '@bradley/objectives';
import { evaluate } from '@bradley/runtime';
import {
  clipFactor,
  compileStep,
  type LossGraph,
  openLearner,
  type ParameterBuffer,
  parameterBuffer,
  viewsOf,
} from '@bradley/train';
import {
  type Case,
  dataOf,
  find,
  floats,
  maxAbs,
  maxDifference,
  type Part,
  partPath,
  type RunResult,
  readCase,
  readPart,
  relativeError,
  tolerance,
  worst,
} from './case.js';
import { adapterByPath, storedTensors } from './models.js';

interface EndToEnd {
  readonly config: Record<string, number | string>;
  readonly base_weights: string;
  readonly optimizer: {
    lr: number;
    weight_decay: number;
    betas: [number, number];
    eps: number;
    max_grad_norm: number;
    steps: number;
  };
  readonly target_modules: string[];
  readonly log: readonly { step: number; loss: number; grad_norm_before_clip: number }[];
}
type Sides = { prediction: Value; reference: Value; target: Value };
interface Method {
  readonly loss: (sides: Sides) => ObjectiveOutput;
  /** What the case stores of step 1 besides the predictions, by our metrics. */
  readonly stored: Readonly<Record<string, string>>;
}

/**
 * Whole steps of preference training: a LoRA on a tiny UNet, three AdamW updates on one batch. Compares predictions, loss,
 * gradients before clipping, and the adapter after one and three steps.
 */
const endToEnd =
  (method: (config: Record<string, number | string>) => Method) =>
  async (of: Case): Promise<RunResult[]> => {
    const json = of.json as unknown as EndToEnd;
    const io = await readPart(of, 'io');
    const unet = unetConfigSchema.parse(
      (await readCase(of.folder, json.base_weights.split('.')[0] as string, of.device)).json.config,
    );
    const frozen = checkpointStore(await storedTensors(partPath(of, 'base')), partPath(of, 'base'));
    const lora: LoraConfig = {
      rank: json.config.rank as number,
      alpha: json.config.alpha as number,
      targets: json.target_modules,
    };
    const policy = loraStore(frozen, lora);
    const names = ['encoder_hidden_states', ...(unet.addition_embed_type ? ['text_embeds', 'time_ids'] : [])];
    const at = (name: string): Value => input(name, find(io, `in.${name}`).shape);
    const [noisy, timesteps, target, ...given] = [at('noisy'), at('timesteps'), at('noise'), ...names.map(at)] as [
      Value,
      Value,
      Value,
      ...Value[],
    ];
    const conditions = Object.fromEntries(
      names.map((name, i) => [name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()), given[i] as Value]),
    );
    const prediction = unetNetwork(unet, policy)(noisy, timesteps, conditions);
    const reference = unetNetwork(unet, frozen)(noisy, timesteps, conditions);
    const { loss: lossOf, stored } = method(json.config);
    const { loss, metrics } = lossOf({ prediction, reference, target });
    const feeds = Object.fromEntries(
      ['noisy', 'timesteps', 'noise', ...names].map((name) => [name, toFloat32(find(io, `in.${name}`))]),
    );

    const parameters = parameterBuffer(policy.trainables);
    const load = async (part: string): Promise<Map<string, Float32Array>> =>
      new Map(
        [...adapterByPath(await readPart(of, part))].map(([name, tensor]) => [
          name.replace(/^grad\./, ''),
          toFloat32(tensor),
        ]),
      );
    for (const [name, values] of await load('weights')) parameters.views[name]?.set(values);

    const parts: Part[] = [];
    const { device } = of;
    const outputs = await evaluate(
      graph({ prediction, reference, ...metrics }),
      { ...parameters.views, ...feeds },
      { device },
    );
    const close = (name: string, stored: string): void => {
      if (io.has(stored))
        parts.push({
          at: stored,
          error: relativeError(dataOf(outputs[name]), floats(io, stored)),
          tolerance: tolerance(of, 'out_rel'),
        });
    };
    close('prediction', 'out.step1.pred');
    close('reference', 'out.step1.ref_pred');
    for (const [metric, name] of Object.entries(stored)) close(metric, `out.step1.${name}`);

    const lossGraph = { loss, metrics, trainables: policy.trainables };
    const { lr: learningRate, betas, eps, weight_decay: weightDecay, max_grad_norm } = json.optimizer;
    parts.push(...(await firstGradients(of, lossGraph, parameters, feeds, await load('grads'))));
    const learner = await openLearner(lossGraph, parameters, {
      optimizer: 'adamw',
      optimizerOptions: { betas, eps, weightDecay },
      average: false,
      device,
    });
    for (const { step, loss: expected, grad_norm_before_clip } of json.log) {
      const got = await learner.accumulate(feeds);
      parts.push({
        at: `loss of step ${step}`,
        error: Math.abs((got.loss as number) - expected),
        tolerance: tolerance(of, 'loss_abs'),
      });
      const norm = await learner.gradientNorm(1);
      if (step === 1)
        parts.push({
          at: 'gradient norm',
          error: Math.abs(norm - grad_norm_before_clip) / grad_norm_before_clip,
          tolerance: 1e-3,
        });
      await learner.update({ step, learningRate, gradientScale: clipFactor(norm, max_grad_norm) }, 0);
      await learner.read();
      if (step === 1 || step === 3)
        parts.push(moved(of, parameters.views, await load(`params${step}`), `params${step}`));
    }
    await learner.release();
    return [worst(of.name, parts)];
  };

/** The gradients before clipping, each against the largest of all. */
async function firstGradients(
  of: Case,
  lossGraph: LossGraph,
  parameters: ParameterBuffer,
  feeds: Readonly<Record<string, Float32Array>>,
  grads: ReadonlyMap<string, Float32Array>,
): Promise<Part[]> {
  const step = await compileStep(lossGraph, { device: of.device });
  const gradients = new Float32Array(parameters.values.length);
  await step.run(parameters, feeds, gradients);
  await step.session.release();
  const largest = Math.max(...[...grads.values()].map(maxAbs));
  return Object.entries(viewsOf(parameters.segments, gradients)).map(([name, view]) => ({
    at: `grad ${name}`,
    error: maxDifference(view, grads.get(name) ?? new Float32Array()) / largest,
    tolerance: tolerance(of, 'grad_scaled_by_largest'),
  }));
}

/** The share of parameters that lie outside the tolerance, against the share that may. */
function moved(
  of: Case,
  views: Readonly<Record<string, Float32Array>>,
  want: ReadonlyMap<string, Float32Array>,
  at: string,
): Part {
  const allowed = tolerance(of, 'params_after_1_and_3_atol');
  let [outside, total] = [0, 0];
  for (const [name, values] of want)
    values.forEach((value, i) => {
      total++;
      if (!(Math.abs((views[name]?.[i] ?? Number.NaN) - value) <= allowed)) outside++;
    });
  return { at, error: outside / total, tolerance: 1 - tolerance(of, 'params_fraction_that_must_pass') };
}

function pair({ prediction, reference, target }: Sides, withReference: boolean) {
  const cut = (x: Value): readonly Value[] => chunk(x, 2, 0);
  const [p, r, t] = [cut(prediction), cut(reference), cut(target)];
  const side = (i: number) => ({
    policy: p[i] as Value,
    reference: withReference ? { prediction: r[i] as Value } : null,
    target: t[i] as Value,
  });
  return { chosen: side(0), rejected: side(1), preference: null };
}

export const endToEndCases = {
  diffusionDpo: endToEnd(({ beta_dpo, loss: kind }) => {
    const half = kind === undefined || kind === 'half_beta';
    const options = {
      beta: (half ? 1 : 2) * (beta_dpo as number),
      loss: half ? 'sigmoid' : (kind as 'sigmoid'),
      anchor: 0,
    } as const;
    return {
      loss: (sides) => diffusionDpo.loss(pair(sides, true), options),
      stored: { implicitAccuracy: 'implicit_acc_half_ties', modelError: 'raw_model_loss' },
    };
  }),
  mapo: endToEnd(({ beta_mapo, snr_value, num_train_timesteps }) => ({
    loss: (sides) =>
      mapo.loss(pair(sides, false), {
        beta: beta_mapo as number,
        snrValue: snr_value as number,
        timesteps: (num_train_timesteps as number | undefined) ?? 1000,
      }),
    stored: {},
  })),
};
