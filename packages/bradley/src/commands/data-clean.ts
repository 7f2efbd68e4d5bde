import { z } from 'zod';
import { command } from '../cli/command.js';
import { placeFields } from '../config/store-fields.js';

export const dataClean = command({
  summary: "Delete an arena's media that nothing names any more.",
  description:
    'Of all projects: files that no comparison and no task names, such as those of raters whose choices were deleted, and that were last kept more ' +
    'than a day ago. Snapshots keep what they have. A bucket or folder of media is of one store: what another store has there is not known here.',
  example: 'data clean --folder bradley-arena',
  options: z.object(placeFields),
  async run(place, out) {
    const { collectMedia } = await import('@bradley/preferences');
    const { withStore } = await import('../arena/open-store.js');
    const deleted = await withStore(place, (store, media) => collectMedia(store, media));
    out.result({ deleted }, `Deleted ${deleted} ${deleted === 1 ? 'file' : 'files'} that nothing named.`);
    return undefined;
  },
});
