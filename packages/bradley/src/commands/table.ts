import type { CommandTable } from '../cli/program.js';
import { dataCheck } from './data-check.js';
import { doctor } from './doctor.js';

/** Every command, in the order of the help text. A command is a file here and a row. */
export const commandTable: CommandTable = {
  groups: {
    data: 'Look into comparisons.',
  },
  commands: {
    'data check': dataCheck,
    doctor,
  },
};
