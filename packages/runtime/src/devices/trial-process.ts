import { deviceNames } from './table.js';
import { tryDevice } from './trial.js';

/** A device is tried in a process of its own: `node trial-process.js <device>` prints what came of it as JSON. */
const device = deviceNames.find((name) => name === process.argv[2]);
if (!device) throw new Error(`usage: node trial-process.js <${deviceNames.join('|')}>`);
process.stdout.write(JSON.stringify(await tryDevice(device)));
