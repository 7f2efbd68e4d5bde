import { checkDevice } from '@bradley/runtime';
import { describe, it } from 'vitest';
import { variants } from './given-gradients.test-support.js';
import { expectSameTraining } from './same-training.test-support.js';

const { reason } = await checkDevice('webgpu');
if (reason) console.warn(`Skipped, for there is no WebGPU adapter: ${reason}`);

describe.skipIf(reason)('on WebGPU', () => {
  it.each(variants)('%s with %j trains as it does on the host', async (optimizer, options) =>
    expectSameTraining('webgpu', { optimizer, options, average: true }, 2e-5),
  );
});
