import type { CommandTable } from '../cli/program.js';
import { dataCheck } from './data-check.js';
import { doctor } from './doctor.js';
import { presets } from './presets.js';
import { pretrain } from './pretrain.js';
import { quickstart } from './quickstart.js';
import { sample } from './sample.js';
import { train } from './train.js';

/** Every command, in the order of the help text. A command is a file here and a row. */
export const commandTable: CommandTable = {
  groups: {
    data: 'Look into comparisons.',
  },
  commands: {
    quickstart,
    train,
    presets,
    sample,
    'data check': dataCheck,
    pretrain,
    doctor,
  },
};
