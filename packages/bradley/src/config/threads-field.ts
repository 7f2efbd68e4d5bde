import { z } from 'zod';

/** Threads of the kernels: each is started at once, so a number that no machine has is refused before. */
export const threadsField = z.int().positive().max(512).describe('threads of the kernels; none is one a core');
