import { describe, it } from 'vitest';
import { expectNothingLost } from './killed-job.test-support.js';

describe('a Syn-Pic job in a folder', () => {
  it('loses nothing and repeats nothing when workers and its owner are killed, and ends in the same bytes', () =>
    expectNothingLost(async () => null));
});
