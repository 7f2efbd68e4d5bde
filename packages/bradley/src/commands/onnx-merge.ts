import { z } from 'zod';
import { command } from '../cli/command.js';

export const onnxMerge = command({
  summary: 'Write an ONNX model with LoRAs in its weights.',
  description:
    'Nodes, names, named lengths and element types stay as they are. Takes LoRAs trained on the ONNX model, and of an ' +
    'exported UNet any LoRA that diffusers, kohya-ss or ComfyUI wrote.',
  example: 'onnx merge unet/model.onnx --lora taste.safetensors:0.8 --output merged/model.onnx',
  positional: ['file'],
  options: z.object({
    file: z.string().min(1).describe('ONNX model, opset 13 to 23'),
    lora: z.array(z.string().min(1)).min(1).describe('LoRA file, or file:strength; several add up'),
    output: z.string().min(1).describe('file to write'),
  }),
  async run({ file, lora, output }, out) {
    const { exportOnnx, openOnnxModel, readOnnxAdapter } = await import('@bradley/models');
    const { parseLoraUse } = await import('../lora/use-lora.js');
    const model = await openOnnxModel(file);
    const read = await Promise.all(
      lora.map(parseLoraUse).map(({ path, strength }) => readOnnxAdapter(path, model, strength)),
    );
    const weights = new Set(read.flat().map(({ layer }) => layer.weight)).size;
    await exportOnnx(model, output, { lora: read.flat() });
    out.result({ output, weights }, `Wrote ${output}: ${weights} weights changed.`);
    return undefined;
  },
});
