import { z } from 'zod';
import { command } from '../cli/command.js';
import { storeFields } from '../config/store-fields.js';

export const dataFreeze = command({
  summary: "Freeze the comparisons of an arena's project into a versioned snapshot.",
  description:
    'Writes comparisons, media, a card and their sha256s to <snapshots>/<name>/<version>, which is never changed afterwards. bradley train --data takes ' +
    'its name. Where nothing has changed, the newest version stays the newest.',
  example: [
    'data freeze my-taste --project cats',
    'train --model models/emoji --data my-taste --objective diffusion-dpo --steps 200 --output runs/taste',
  ],
  positional: ['name'],
  options: z.object({
    name: z.string().min(1).describe('1 to 64 of a–z, 0–9 and -'),
    ...storeFields,
    snapshots: z.string().min(1).optional().describe('folder of snapshots; none is snapshots in --folder'),
  }),
  async run({ name, project, snapshots, ...place }, out) {
    const { join } = await import('node:path');
    const { arenaFolders } = await import('@bradley/arena-server');
    const { freezeProject } = await import('../arena/freeze-project.js');
    const { withStore } = await import('../arena/open-store.js');
    const folder = snapshots ?? join(place.folder, arenaFolders.snapshots);
    const frozen = await withStore(place, (store, media) =>
      freezeProject(store, media, { projectId: project, name, folder }),
    );
    const { version, comparisons, media, path, isNew } = frozen;
    out.result(
      frozen,
      `${isNew ? 'Froze' : 'Nothing has changed since'} ${name}@${version}: ${comparisons} comparisons, ${media} media, in ${path}`,
    );
    return undefined;
  },
});
