import { runReward } from './run-reward.js';

/** The process of a reward model's run: `node reward-process.js <run folder>`. Its output goes to the folder's log.txt. */
const folder = process.argv[2];
if (!folder) throw new Error('usage: node reward-process.js <run folder>');
await runReward(folder).catch((error: Error) => {
  console.error(error.stack ?? error.message);
  process.exitCode = 1;
});
