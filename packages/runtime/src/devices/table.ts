import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Target } from '@bradley/graph';

/** A place that ONNX Runtime computes on. docs/devices.md is this table in prose. */
export interface Device {
  /** What it is, for a person. */
  readonly title: string;
  /** ONNX Runtime's execution provider. */
  readonly provider: 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';
  /** Where onnxruntime-node has it: `process.platform` and `process.arch`; null is everywhere. */
  readonly systems: readonly string[] | null;
  /** What graphs are lowered to for it. */
  readonly lowering: Target['provider'];
  /** Whether tensors can stay there between runs: onnxruntime-node keeps buffers of WebGPU only. */
  readonly keepsTensors: boolean;
  /** What can be seen to be missing without trying; null is to be tried. */
  missing(): string | null;
  /** Variables that its libraries read when they are loaded. */
  readonly environment: Readonly<Record<string, string>>;
  /** How to get it where it is missing. */
  readonly advice: string;
  /** What it was tested on. */
  readonly tested: string;
}

const nothing = (): null => null;

/** Every device by the name that configs and commands use. A new one is a row here. */
export const devices = {
  cpu: {
    title: 'the processor',
    provider: 'cpu',
    systems: null,
    lowering: 'cpu',
    keepsTensors: false,
    missing: nothing,
    environment: {},
    advice: 'It comes with onnxruntime-node.',
    tested: 'on Linux x64, everything',
  },
  webgpu: {
    title: 'a GPU through WebGPU (Vulkan, Metal, Direct3D 12)',
    provider: 'webgpu',
    systems: ['linux x64', 'win32 x64', 'win32 arm64', 'darwin arm64'],
    lowering: 'webgpu',
    keepsTensors: true,
    missing: nothing,
    environment: {},
    advice:
      'It needs a GPU and its driver; on Linux the Vulkan loader (libvulkan.so.1) and the Vulkan driver of the GPU: `vulkaninfo --summary` must list it.',
    tested: 'on Linux x64 with a software adapter (SwiftShader): correctness only, never on a GPU',
  },
  cuda: {
    title: 'an NVIDIA GPU through CUDA 12',
    provider: 'cuda',
    systems: ['linux x64'],
    lowering: 'onnx',
    keepsTensors: false,
    missing: () => missingLibraries(['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so']),
    // Without it products are in TF32, of 10 bits, and a loss that multiplies differences by thousands needs all 23.
    environment: { NVIDIA_TF32_OVERRIDE: '0' },
    advice:
      'Its libraries are not in the package. Fetch them with `ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install.js`; CUDA 12 and cuDNN 9 must be installed too.',
    tested: 'not at all, but for what is said when it is missing',
  },
  dml: {
    title: 'a GPU through DirectML',
    provider: 'dml',
    systems: ['win32 x64', 'win32 arm64'],
    lowering: 'onnx',
    keepsTensors: false,
    missing: nothing,
    environment: {},
    advice: 'It comes with onnxruntime-node on Windows and needs a GPU with a DirectX 12 driver.',
    tested: 'not at all',
  },
  coreml: {
    title: "Apple's GPU and neural engine through Core ML",
    provider: 'coreml',
    systems: ['darwin arm64'],
    lowering: 'onnx',
    keepsTensors: false,
    missing: nothing,
    environment: {},
    advice: 'It comes with onnxruntime-node on macOS.',
    tested: 'not at all',
  },
} as const satisfies Record<string, Device>;

export type DeviceName = keyof typeof devices;
export const deviceNames = Object.keys(devices) as [DeviceName, ...DeviceName[]];

/** Why a device cannot be there, if that can be seen without trying. */
export function whyMissing(name: DeviceName): string | null {
  const { systems, missing }: Device = devices[name];
  const here = `${process.platform} ${process.arch}`;
  if (systems !== null && !systems.includes(here))
    return `onnxruntime-node has it on ${systems.join(', ')}; this is ${here}`;
  return missing();
}

/** Where onnxruntime-node keeps the libraries of this system. */
function libraryFolder(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node'); // …/dist/index.js
  return join(dirname(dirname(entry)), 'bin', 'napi-v6', process.platform, process.arch);
}

function missingLibraries(files: readonly string[]): string | null {
  const folder = libraryFolder();
  const absent = files.filter((file) => !existsSync(join(folder, file)));
  return absent.length === 0 ? null : `${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} not in ${folder}`;
}
