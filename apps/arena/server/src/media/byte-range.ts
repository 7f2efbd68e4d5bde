export type ByteRange = { readonly start: number; readonly end: number } | 'whole' | 'unsatisfiable';

/** What a Range header asks of `size` bytes: `end` is exclusive. What is not one plain range gets the whole, as RFC 9110 allows. */
export function byteRange(header: string | undefined, size: number): ByteRange {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return 'whole';
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : 'unsatisfiable';
}
