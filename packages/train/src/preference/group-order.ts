import { permutation } from '@bradley/runtime';
import { type Epochs, epochs, type Visit } from '../epochs.js';

/** Which groups make up which micro-batch, all of one shape. */
export interface GroupOrder {
  batch(number: number): { readonly shape: number; readonly visits: readonly Visit[] };
}

export interface OrderSettings {
  /** Groups of a forward pass. */
  readonly batch: number;
  readonly seed: number;
  /** Batches of one shape in a row before those of another. */
  readonly batchesInRow: number;
}

/**
 * The order of groups by the shape that each has. Within a shape every group comes once before any comes again, in an order
 * drawn anew each time. What is left over when an epoch's groups of a shape do not fill a batch begins that shape's next batch,
 * in a later epoch: a group waits, none is left out. Within an epoch the shapes take turns, in rows of `batchesInRow`.
 * A function of seed and number alone.
 */
export function groupOrder(shapes: readonly number[], { batch, seed, batchesInRow }: OrderSettings): GroupOrder {
  const groups = groupByShape(shapes, batch, seed);
  /** Full batches that the members of a shape have filled when so many epochs are over. */
  const filled = ({ members }: Members, epoch: number): number => Math.floor((epoch * members.length) / batch);
  const filledByAll = (epoch: number): number => groups.reduce((sum, group) => sum + filled(group, epoch), 0);

  let known: { epoch: number; turns: Turn[] } | null = null;
  const turnsOf = (epoch: number): Turn[] => {
    if (known?.epoch !== epoch) known = { epoch, turns: drawTurns(epoch) };
    return known.turns;
  };
  const drawTurns = (epoch: number): Turn[] => {
    const rows = groups.flatMap((group, g) => {
      const count = filled(group, epoch + 1) - filled(group, epoch);
      const lengths = Array.from({ length: Math.ceil(count / batchesInRow) }, (_, row) =>
        Math.min(batchesInRow, count - row * batchesInRow),
      );
      return lengths.map((length) => Array<number>(length).fill(g));
    });
    const order = permutation({ seed, stream: 'shapes', step: epoch, index: 0 }, rows.length);
    const next = groups.map((group) => filled(group, epoch));
    const nextOf = (group: number): number => {
      next[group] = (next[group] as number) + 1;
      return (next[group] as number) - 1;
    };
    return Array.from(order, (row) => rows[row] as number[])
      .flat()
      .map((group) => ({ group, batch: nextOf(group) }));
  };

  return {
    batch(number) {
      let epoch = Math.floor((number * batch) / shapes.length);
      while (filledByAll(epoch + 1) <= number) epoch++;
      const turn = turnsOf(epoch)[number - filledByAll(epoch)] as Turn;
      const { shape, members, order } = groups[turn.group] as Members;
      const visits = order.visits(turn.batch);
      return {
        shape,
        visits: visits.map(({ index, epoch: seen }) => ({ index: members[index] as number, epoch: seen })),
      };
    },
  };
}

/** A batch of an epoch: whose, and which of theirs since the beginning. */
interface Turn {
  readonly group: number;
  readonly batch: number;
}

interface Members {
  readonly shape: number;
  /** Indices of its groups. */
  readonly members: readonly number[];
  readonly order: Epochs;
}

function groupByShape(shapes: readonly number[], batch: number, seed: number): Members[] {
  const members = new Map<number, number[]>();
  shapes.forEach((shape, index) => {
    const before = members.get(shape);
    if (before) before.push(index);
    else members.set(shape, [index]);
  });
  if (members.size < 2)
    return [{ shape: shapes[0] ?? 0, members: [...shapes.keys()], order: epochs(shapes.length, batch, seed) }];
  return [...members]
    .toSorted(([a], [b]) => a - b)
    .map(([shape, indices]) => ({
      shape,
      members: indices,
      order: epochs(indices.length, batch, seed, `epochs/${shape}`),
    }));
}
