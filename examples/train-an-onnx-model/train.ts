import { pathToFileURL } from 'node:url';
import { importOnnx, input, log, mean, mul, neg, softmax, sum, type Value } from '@bradley/graph';
import { exportOnnx, openOnnxModel, trainedOnnx, trainOnnx, writeOnnxAdapter } from '@bradley/models';
import { integers, normal } from '@bradley/runtime';
import { compileStep, initialise, optimizers, parameterBuffer } from '@bradley/train';

const [batch, classes, side] = [16, 5, 16];

/**
 * Teaches a classifier that PyTorch exported (pixel_values (batch, 3, 16, 16) → logits (batch, 5)) a task of its own: which of
 * five bands of a noisy picture is bright. A LoRA on its linear layers and the head itself are trained.
 */
export async function train(file: string, output: string, steps: number): Promise<number[]> {
  const model = await openOnnxModel(file);
  const training = trainOnnx(model, {
    lora: { rank: 4, alpha: 4, targets: ['q_proj', 'v_proj', 'fc1', 'fc2'] },
    promote: ['classifier.weight', 'classifier.bias'],
  });

  // Any loss of values: here cross entropy.
  const pixels = input('pixel_values', [batch, 3, side, side]);
  const labels = input('labels', [batch, classes]); // one-hot
  const { logits } = importOnnx(model, { pixel_values: pixels }, { parameters: training });
  const loss = mean(neg(log(sum(mul(softmax(logits as Value), labels), [1]))));

  const step = await compileStep({ loss, metrics: {}, trainables: training.trainables });
  const parameters = parameterBuffer(training.trainables);
  initialise(parameters, training.trainables, 0);
  const optimizer = optimizers.adamw.create(parameters.segments, { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 });
  const gradients = new Float32Array(parameters.values.length);
  const losses: number[] = [];
  for (let n = 1; n <= steps; n++) {
    const results = await step.run(parameters, pictures(n), gradients.fill(0));
    losses.push(results.loss as number);
    optimizer.update(parameters.values, gradients, { step: n, learningRate: 0.01, gradientScale: 1 });
  }
  await step.session.release();

  // The same model with what it learnt merged into its weights, and the LoRA by itself.
  const trained = trainedOnnx(training, parameters.views);
  await exportOnnx(model, output, trained);
  await writeOnnxAdapter(output.replace(/\.onnx$/, '.lora.safetensors'), trained.lora);
  return losses;
}

/** A batch of noise with one bright band each, and which. */
export function pictures(n: number): { pixel_values: Float32Array; labels: Float32Array } {
  const values = normal({ seed: 1, stream: 'pictures', step: n, index: 0 }, batch * 3 * side * side);
  const bright = integers({ seed: 1, stream: 'bands', step: n, index: 0 }, batch, classes);
  const row = 3 * side * side;
  const band = (i: number): number => Math.floor(((Math.floor(i / side) % side) * classes) / side);
  const labels = new Float32Array(batch * classes);
  bright.forEach((label, b) => {
    labels[b * classes + label] = 1;
  });
  return { pixel_values: values.map((x, i) => x + (band(i) === bright[Math.floor(i / row)] ? 2 : 0)), labels };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file = 'fixtures/onnx/vit.onnx', output = 'trained.onnx', steps = '150'] = process.argv.slice(2);
  const losses = await train(file, output, Number(steps));
  losses.forEach((loss, i) => {
    if (i % 25 === 0 || i === losses.length - 1) console.log(`step ${i + 1}: loss ${loss.toFixed(3)}`);
  });
  console.log(`Wrote ${output}.`);
}
