/** An order under way: positions on screen, best first, without those that have no place yet. */
export type Order = readonly number[];

/** Gives a position the next place; one that has a place loses it, and those behind it move up. */
export const toggle = (order: Order, position: number): Order =>
  order.includes(position) ? order.filter((other) => other !== position) : [...order, position];

/** Moves what is at one place to another. */
export function move(order: Order, from: number, to: number): Order {
  const moved = order[from];
  if (moved === undefined || to < 0 || to >= order.length) return order;
  const rest = order.filter((_, place) => place !== from);
  return [...rest.slice(0, to), moved, ...rest.slice(to)];
}

/** The whole order of n, where it is decided: the last place is nobody else's. Null before. */
export function whole(order: Order, n: number): number[] | null {
  if (order.length < n - 1) return null;
  return [...order, ...Array.from({ length: n }, (_, position) => position).filter((p) => !order.includes(p))];
}
