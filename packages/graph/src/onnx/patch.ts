import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  TensorProto_DataLocation as DataLocation,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
} from './onnx_pb.js';

/** New data of a stored tensor: bytes inside the model, or a place in a file beside it. */
export type TensorPatch =
  | { readonly bytes: Uint8Array }
  | { readonly location: string; readonly offset: number; readonly length: number };

/**
 * A model with other data in some of its stored tensors, given by name. All else stays as it is: nodes, names, named
 * lengths, metadata, and fields that we do not know.
 */
export function patchOnnx(model: Uint8Array, patches: ReadonlyMap<string, TensorPatch>): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, model);
  for (const tensor of proto.graph?.initializer ?? []) patch(tensor, patches.get(tensor.name));
  for (const { output, attribute } of proto.graph?.node ?? [])
    for (const { t } of attribute) if (t) patch(t, patches.get(output[0] ?? ''));
  return toBinary(ModelProtoSchema, proto);
}

function patch(tensor: TensorProto, to: TensorPatch | undefined): void {
  if (!to) return;
  tensor.floatData = [];
  tensor.int32Data = [];
  tensor.int64Data = [];
  tensor.doubleData = [];
  if ('bytes' in to) {
    tensor.rawData = to.bytes;
    tensor.externalData = [];
    tensor.dataLocation = DataLocation.DEFAULT;
    return;
  }
  const entries = { location: to.location, offset: `${to.offset}`, length: `${to.length}` };
  tensor.rawData = new Uint8Array();
  tensor.dataLocation = DataLocation.EXTERNAL;
  tensor.externalData = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
}
