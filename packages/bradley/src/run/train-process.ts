import { runTraining } from './run-training.js';

/** The process of a run: `node train-process.js <run folder>`. Its output goes to the folder's log.txt. */
const folder = process.argv[2];
if (!folder) throw new Error('usage: node train-process.js <run folder>');
await runTraining(folder).catch((error: Error) => {
  console.error(error.stack ?? error.message);
  process.exitCode = 1;
});
