import { ort } from './onnxruntime.js';

/** The version of ONNX Runtime, and the execution providers that come with it. */
export function kernels(): { version: string; providers: string[] } {
  const { versions } = ort.env;
  const providers = ort.listSupportedBackends().filter(({ bundled }) => bundled);
  return { version: versions.node ?? versions.common, providers: providers.map(({ name }) => name) };
}
