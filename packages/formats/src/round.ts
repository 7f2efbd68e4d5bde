/** Rounds as Python and NumPy do: 170.5 → 170, where `Math.round` gives 171. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const part = value - floor;
  if (part !== 0.5) return part < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
