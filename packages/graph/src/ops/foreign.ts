import type { Attribute } from '../onnx/emit.js';
import { makeNode, type Type, type Value } from '../value.js';

export interface ForeignOps {
  /**
   * An ONNX operator that is computed but not differentiated, written as it was read. Where a gradient would have to pass
   * through it, taking that gradient is an error that names `place`; with `flat` its gradient is zero (rounding, signs).
   */
  Foreign: {
    inputs: Value[];
    attributes: {
      op: string;
      domain: '' | 'com.microsoft';
      attributes: Readonly<Record<string, Attribute>>;
      place: string;
      flat: boolean;
    };
    outputs: 'many';
  };
}

export interface ForeignOptions {
  readonly domain?: '' | 'com.microsoft';
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Where the operator sits in its model, for the error: node name and what it reads. */
  readonly place: string;
  /** The gradient is zero almost everywhere. Default false: it has none. */
  readonly flat?: boolean;
}

/** Applies an ONNX operator (opset 21, or com.microsoft 1) whose result types the caller knows. */
export function foreign(
  op: string,
  inputs: readonly Value[],
  { domain = '', attributes = {}, place, flat = false }: ForeignOptions,
  types: readonly Type[],
): readonly Value[] {
  return makeNode('Foreign', [...inputs], { op, domain, attributes, place, flat }, types);
}
