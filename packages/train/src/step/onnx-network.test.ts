import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { noiseSchedule } from '@bradley/diffusion';
import { readSafetensors, type Tensor, toFloat32 } from '@bradley/formats';
import { backward, graph, importOnnx, input, type Value } from '@bradley/graph';
import { onnxNetwork, openOnnxModel, trainableTensors, trainOnnx } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { evaluate } from '@bradley/runtime';
import { describe, expect, it } from 'vitest';
import { initialise, parameterBuffer } from '../parameter-buffer.js';
import { compileStep } from './compiled-step.js';
import { denoisingLoss } from './denoising.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../../../fixtures/${name}`, import.meta.url));
const tensorsOf = async (name: string): Promise<ReadonlyMap<string, Tensor>> =>
  (await readSafetensors(fixture(`${name}.safetensors`))).tensors;
const floats = (tensors: ReadonlyMap<string, Tensor>, name: string): Float32Array =>
  toFloat32(tensors.get(name) as Tensor);
const largest = (x: Float32Array): number => x.reduce((most, n) => Math.max(most, Math.abs(n)), 0);
const apart = (a: Float32Array, b: Float32Array): number => largest(a.map((x, i) => x - (b[i] as number)));

/**
 * The UNet of the fixtures as diffusers has it, exported by PyTorch (TorchScript exporter, opset 17, named batch). Its weights are
 * external data: the fixture's own safetensors file.
 */
const exported = () => openOnnxModel(fixture('unet_sd15.onnx'));

describe('a UNet that PyTorch exported', () => {
  it('has the output and every gradient that diffusers and autograd have', async () => {
    const model = await exported();
    const io = await tensorsOf('unet_sd15.io');
    const wanted = await tensorsOf('unet_sd15.grads');
    const names = [...wanted.keys()].map((name) => name.replace(/^grad\./, ''));
    const training = trainOnnx(model, { promote: names });
    const at = (name: string): Value => input(name, io.get(`in.${name}`)?.shape ?? []);
    const sample = at('sample');
    const timestep = input('timestep', [2], 'int64');
    const inputs = { sample, timestep, encoder_hidden_states: at('encoder_hidden_states') };
    const y = importOnnx(model, inputs, { parameters: training }).out_sample as Value;
    const [toSample, ...gradients] = backward(
      [{ of: y, gradient: input('cotangent', y.shape) }],
      [sample, ...training.trainables.map(({ value }) => value)],
    );
    const parameters = parameterBuffer(training.trainables);
    initialise(parameters, training.trainables, 0);
    const results = await evaluate(
      graph({
        y,
        toSample: toSample as Value,
        ...Object.fromEntries(gradients.map((g, i) => [`grad.${training.trainables[i]?.name}`, g])),
      }),
      {
        sample: floats(io, 'in.sample'),
        timestep: io.get('in.timestep')?.data as BigInt64Array,
        encoder_hidden_states: floats(io, 'in.encoder_hidden_states'),
        cotangent: floats(io, 'cot.sample'),
        ...parameters.views,
      },
    );
    const found = (name: string): Float32Array => results[name]?.data as Float32Array;
    expect(apart(found('y'), floats(io, 'out.sample')) / largest(floats(io, 'out.sample'))).toBeLessThan(1e-5);
    expect(apart(found('toSample'), floats(io, 'gradin.sample'))).toBeLessThan(
      1e-5 * largest(floats(io, 'gradin.sample')),
    );
    const scale = Math.max(...names.map((name) => largest(floats(wanted, `grad.${name}`))));
    const wrong = names.filter(
      (name) => !(apart(found(`grad.${name}`), floats(wanted, `grad.${name}`)) < 1e-4 * scale),
    );
    expect(wrong).toEqual([]);
    expect(names.length).toBe(326);
    expect(trainableTensors(model).length).toBeGreaterThanOrEqual(names.length);
  });

  it('takes the Diffusion-DPO step of the authors: loss, metrics and the gradients of a LoRA', async () => {
    const json = JSON.parse(readFileSync(fixture('e2e_sd15_dpo.json'), 'utf8')) as {
      target_modules: string[];
      config: { rank: number; alpha: number; beta_dpo: number };
      log: { loss: number }[];
    };
    const model = await exported();
    const { rank, alpha, beta_dpo: beta } = json.config;
    const training = trainOnnx(model, { lora: { rank, alpha, targets: json.target_modules } });
    const frozen = trainOnnx(model, {});
    const networks = { policy: onnxNetwork(model, training), reference: onnxNetwork(model, frozen) };
    const options = diffusionDpo.options.parse({ beta });
    const { loss, metrics } = denoisingLoss(diffusionDpo, options, networks, {
      batch: 2,
      latent: [4, 8, 8],
      conditions: { encoderHiddenStates: [5, 20] },
      predictionType: 'epsilon',
    });
    const { trainables } = training;
    const parameters = parameterBuffer(trainables);
    const start = await tensorsOf('e2e_sd15_dpo.weights');
    expect([...start.keys()].sort()).toEqual(trainables.map(({ name }) => name).sort());
    for (const name of start.keys()) parameters.views[name]?.set(floats(start, name));

    const io = await tensorsOf('e2e_sd15_dpo.io');
    const { alphasCumprod } = noiseSchedule({ beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' });
    const half = (name: string): Float32Array => floats(io, name).slice(0, floats(io, name).length / 2);
    const timesteps = half('in.timesteps');
    const step = await compileStep({ loss, metrics, trainables });
    const gradients = new Float32Array(parameters.values.length);
    const results = await step.run(
      parameters,
      {
        latents: floats(io, 'in.latents'),
        noise: half('in.noise'),
        timesteps,
        signal: timesteps.map((t) => Math.sqrt(alphasCumprod[t] as number)),
        spread: timesteps.map((t) => Math.sqrt(1 - (alphasCumprod[t] as number))),
        encoderHiddenStates: half('in.encoder_hidden_states'),
      },
      gradients,
    );
    await step.session.release();
    expect(results.loss).toBeCloseTo(json.log[0]?.loss as number, 3);
    const wanted = await tensorsOf('e2e_sd15_dpo.grads');
    const scale = Math.max(...[...wanted.keys()].map((name) => largest(floats(wanted, name))));
    const wrong = parameters.segments.filter(({ name, offset, shape }) => {
      const found = gradients.subarray(offset, offset + shape.reduce((a, b) => a * b, 1));
      const expected = floats(wanted, wanted.has(name) ? name : `grad.${name}`);
      return !(apart(found, expected) < 1e-3 * scale);
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('says what a network must take, where the export takes something else', async () => {
    const model = await exported();
    const network = onnxNetwork(model, trainOnnx(model, {}));
    expect(() => network(input('x', [2, 4, 8, 8]), input('t', [2]), {})).toThrow(
      "its input 'encoder_hidden_states' is none of sample, timestep",
    );
  });
});
