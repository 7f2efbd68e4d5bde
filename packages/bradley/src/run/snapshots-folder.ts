import { locateData } from '@bradley/preferences';

/** Where the arena keeps its snapshots, seen from where the arena is started. */
const defaultFolder = 'bradley-arena/snapshots';

/**
 * The absolute path of a run's data: a path, or the name of a snapshot, `my-taste` or `my-taste@2`, where nothing lies at that path. Snapshots
 * are looked for in the folder that is given, else in BRADLEY_SNAPSHOTS, else where the arena keeps them below the working directory.
 */
export function locateComparisons(named: string, snapshots: string | null = null): Promise<string> {
  return locateData(named, snapshots ?? process.env.BRADLEY_SNAPSHOTS ?? defaultFolder);
}
