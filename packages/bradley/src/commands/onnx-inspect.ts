import { z } from 'zod';
import { command } from '../cli/command.js';

export const onnxInspect = command({
  summary: 'Say what an ONNX model is, and what of it can be trained.',
  description:
    'Inputs and outputs, operators with and without a gradient, stored tensors, and the layers that can have a LoRA. ' +
    'With every named length given, the model is also read as training would read it.',
  example: ['onnx inspect unet/model.onnx', 'onnx inspect model.onnx --lengths batch=2,sequence=77 --layers'],
  positional: ['file'],
  options: z.object({
    file: z.string().min(1).describe('ONNX model, opset 13 to 23'),
    lengths: z
      .array(z.string().regex(/^[^=]+=[1-9]\d{0,8}$/, 'write name=number'))
      .default([])
      .describe("the inputs' named lengths, as name=number"),
    layers: z.boolean().default(false).describe('list every layer that can have a LoRA'),
    tensors: z.boolean().default(false).describe('list every stored tensor of floats'),
  }),
  async run({ file, lengths, layers, tensors }, out) {
    const { inspectOnnx, openOnnxModel } = await import('@bradley/models');
    const { formatInspection } = await import('../onnx/format-inspection.js');
    const given = lengths.map((text) => [text.slice(0, text.indexOf('=')), Number(text.slice(text.indexOf('=') + 1))]);
    const inspection = inspectOnnx(await openOnnxModel(file), Object.fromEntries(given));
    out.result(inspection, formatInspection(inspection, { layers, tensors }));
    return inspection.read === false ? 'failed' : undefined;
  },
});
