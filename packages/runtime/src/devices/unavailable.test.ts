import { add, graph, input } from '@bradley/graph';
import { describe, expect, it } from 'vitest';
import { openSession } from '../open-session.js';
import { type DeviceName, deviceNames, devices, whyMissing } from './table.js';
import { DeviceError, startFailure } from './unavailable.js';

const open = (device: DeviceName) => openSession(graph({ y: add(input('x', [1]), 1) }), { device });
const missing = deviceNames.filter((name) => whyMissing(name) !== null);

describe('a device that is not there', () => {
  it.each(missing)('%s is refused with what was looked for and how to get it', async (name) => {
    const error: Error = await open(name).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toContain(`device ${name}`);
    expect(error.message).toContain(whyMissing(name));
    expect(error.message).toContain(devices[name].advice);
    expect(error.message).toContain('--device cpu');
    expect(error.message).not.toMatch(/\n|onnxruntime_src|ERR/);
  });

  it('is named where the system is another than it is made for', () => {
    const elsewhere = process.platform === 'win32' ? 'coreml' : 'dml';
    expect(whyMissing(elsewhere)).toMatch(/^onnxruntime-node has it on .*; this is \w+ \w+$/);
  });
});

describe("ONNX Runtime's errors", () => {
  it.each([
    [
      '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::Initialize(…)::<lambda()> ' +
        'adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n',
      'WebGPU finds no adapter (No supported adapters)',
    ],
    [
      'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library',
      "ONNX Runtime cannot load the provider's library or what it depends on",
    ],
    ['no available backend found. ERR: [dml] backend not found.', 'this build of ONNX Runtime does not have it'],
  ])('about a device are told in a line', (message, expected) => {
    expect(startFailure(message)).toBe(expected);
  });

  it('about the model are passed on as they are', () => {
    expect(startFailure('Load model failed: Node (x) has input size 2 not in range [min=1, max=1].')).toBeNull();
  });
});
