/** A model that cannot be read, or not as it is asked for. The message names file and node. */
export class OnnxError extends Error {
  override name = 'OnnxError';
}
