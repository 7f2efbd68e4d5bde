import { cast, importOnnx, OnnxError, type OnnxParameters, type OnnxSource, type Value } from '@bradley/graph';
import type { DenoisingNetwork } from '../stable-diffusion/unet-network.js';

/**
 * An exported UNet or transformer as the network of a denoising loss. Inputs go by the names that diffusers' exports have:
 * `sample`, `timestep`, and conditions by their name in either spelling (`encoderHiddenStates`, `encoder_hidden_states`).
 *
 * @throws OnnxError when the model takes other inputs, or one timestep for a whole batch
 */
export function onnxNetwork(model: OnnxSource, parameters: OnnxParameters): DenoisingNetwork {
  return (noisy, timesteps, conditions) => {
    const given: Record<string, Value> = { sample: noisy, timestep: timesteps };
    for (const [name, value] of Object.entries(conditions))
      given[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
    const inputs = Object.fromEntries(
      model.inputs.map(({ name, dtype, shape }) => {
        const value = given[name];
        if (!value)
          throw new OnnxError(`${model.label}: its input '${name}' is none of ${Object.keys(given).join(', ')}`);
        if (name === 'timestep' && (shape.length !== 1 || (shape[0] === 1 && value.shape[0] !== 1)))
          throw new OnnxError(
            `${model.label}: it takes one timestep for the whole batch, and training needs one to a sample. ` +
              'Export it again with timestep of shape (batch)',
          );
        return [name, cast(value, dtype)];
      }),
    );
    const [output] = model.outputs;
    if (!output) throw new OnnxError(`${model.label}: it has no output`);
    return importOnnx(model, inputs, { parameters, outputs: [output.name] })[output.name] as Value;
  };
}
