import { type PretrainModelOptions, pretrainModel } from '../pretrain-model.js';

/** The process of a pretraining: `node pretrain-process.js <options as JSON>`. */
const options = JSON.parse(process.argv[2] ?? 'null') as PretrainModelOptions;
process.exitCode = await pretrainModel(options).then(
  (finished) => (finished ? 0 : 3),
  (error: Error) => {
    console.error(error.message);
    return 1;
  },
);
