import {
  boundShape,
  importOnnx,
  input,
  OnnxError,
  type OnnxLayer,
  type OnnxPort,
  type OnnxSource,
  type OperatorUse,
  operatorsOf,
} from '@bradley/graph';
import { loraLayers, trainableTensors } from './trainables.js';

/** What a model is, and what of it can be trained. */
export interface OnnxInspection {
  readonly opset: number | null;
  readonly producer: string;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Named lengths that the inputs must bind. */
  readonly lengths: readonly string[];
  readonly operators: readonly OperatorUse[];
  /** Stored tensors of floats: any of them can be promoted. */
  readonly tensors: readonly { readonly name: string; readonly type: string; readonly shape: readonly number[] }[];
  /** Layers that can have a LoRA. */
  readonly layers: readonly OnnxLayer[];
  /** Whether the whole model was read with these lengths; null where some are missing. */
  readonly read: boolean | null;
  /** Why not. */
  readonly problem: string | null;
}

/** Looks into a model. With every named length given, it is also read as training would read it. */
export function inspectOnnx(model: OnnxSource, lengths: Readonly<Record<string, number>> = {}): OnnxInspection {
  const named = [...new Set(model.inputs.flatMap(({ shape }) => shape.filter((n) => typeof n === 'string')))];
  const unknown = Object.keys(lengths).filter((name) => !named.includes(name));
  if (unknown.length)
    throw new OnnxError(
      `${model.label}: no input has a length called ${unknown.join(', ')}; there are ${named.join(', ') || 'none'}`,
    );
  const bound = named.every((name) => lengths[name] !== undefined);
  const problem = bound ? problemOf(model, lengths) : null;
  return {
    opset: model.opsets.get('') ?? null,
    producer: model.proto.producerName,
    inputs: model.inputs,
    outputs: model.outputs,
    lengths: named,
    operators: operatorsOf(model),
    tensors: trainableTensors(model).map(({ name, type, shape }) => ({ name, type: type.name, shape })),
    layers: loraLayers(model),
    read: bound ? problem === null : null,
    problem,
  };
}

function problemOf(model: OnnxSource, lengths: Readonly<Record<string, number>>): string | null {
  try {
    const inputs = model.inputs.map(
      (port) => [port.name, input(port.name, boundShape(port, lengths), port.dtype)] as const,
    );
    importOnnx(model, Object.fromEntries(inputs));
    return null;
  } catch (error) {
    if (error instanceof OnnxError) return error.message;
    throw error;
  }
}
