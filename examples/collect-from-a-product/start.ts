import { startArena } from './arena.js';
import { startProduct } from './product.js';

/** The product, and an arena of its own unless the environment names another and its key. */
const { ARENA_URL = 'http://127.0.0.1:4680', ARENA_KEY, FOLDER = 'out/collect-from-a-product' } = process.env;
const arena = ARENA_KEY ? { origin: ARENA_URL, key: ARENA_KEY, close: async () => {} } : await startArena(FOLDER, 0);
const product = startProduct({ arena: arena.origin, key: arena.key, port: 4690, waiting: `${FOLDER}/waiting` });
console.log(`Choose at http://127.0.0.1:4690, and see the comparisons at ${arena.origin}. Ctrl-C ends.`);
process.once('SIGINT', async () => {
  console.log(`${await product.close()} choices are still to be sent.`);
  await arena.close();
  process.exit();
});
