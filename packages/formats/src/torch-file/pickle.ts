/** A tuple, list or dict of a pickle, or whatever the caller's globals and persistent ids made. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | { readonly kind: 'tuple' | 'list'; readonly items: PickleValue[] }
  | { readonly kind: 'dict'; readonly entries: Map<PickleKey, PickleValue> }
  | PickleObject;

export type PickleKey = string | number;

/** Something that the caller knows and the pickle only passes on. Where it can be called, that is `call`. */
export interface PickleObject {
  readonly kind: 'object';
  readonly call?: (args: readonly PickleValue[]) => PickleValue;
}

/** What a pickle may name; each throws for what it does not know. */
export interface PickleHost {
  global(module: string, name: string): PickleValue;
  persistent(id: PickleValue): PickleValue;
}

/**
 * Reads a pickle of protocol 2, of the opcodes that torch.save writes. Nothing in it is run: a call reaches only what the
 * host gives, and work and memory are bounded by the length of the bytes.
 * @throws Error for anything else; the caller says which file
 */
export function readPickle(bytes: Uint8Array, host: PickleHost): PickleValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const state: State = { stack: [], marks: [], memo: new Map(), view, at: 0, host };
  if (take(state, 1) !== 0 || u8(view, 0) !== 0x80) throw new Error('it does not begin as a pickle');
  const protocol = u8(view, take(state, 1));
  if (protocol !== 2) throw new Error(`it is a pickle of protocol ${protocol}, and torch.save writes protocol 2`);
  for (;;) {
    const place = take(state, 1);
    const code = u8(view, place);
    if (code === stop) return pop(state);
    const run = opcodes[code];
    if (!run)
      throw new Error(`it has the opcode 0x${code.toString(16)} at byte ${place}, which torch.save does not write`);
    run(state);
  }
}

interface State {
  readonly stack: PickleValue[];
  /** Heights of the stack. */
  readonly marks: number[];
  readonly memo: Map<number, PickleValue>;
  readonly view: DataView;
  at: number;
  readonly host: PickleHost;
}

const stop = 0x2e;
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** By the names of Python's pickletools. */
const opcodes: Readonly<Record<number, (state: State) => void>> = {
  40: (s) => s.marks.push(s.stack.length), // MARK
  41: (s) => push(s, { kind: 'tuple', items: [] }), // EMPTY_TUPLE
  71: (s) => push(s, s.view.getFloat64(take(s, 8), false)), // BINFLOAT
  74: (s) => push(s, s.view.getInt32(take(s, 4), true)), // BININT
  75: (s) => push(s, u8(s.view, take(s, 1))), // BININT1
  77: (s) => push(s, s.view.getUint16(take(s, 2), true)), // BININT2
  78: (s) => push(s, null), // NONE
  81: (s) => push(s, s.host.persistent(pop(s))), // BINPERSID
  82: reduce, // REDUCE
  88: (s) => push(s, utf8(s, s.view.getUint32(take(s, 4), true))), // BINUNICODE
  93: (s) => push(s, { kind: 'list', items: [] }), // EMPTY_LIST
  97: (s) => append(s, [pop(s)]), // APPEND
  98: build, // BUILD
  99: (s) => push(s, s.host.global(line(s), line(s))), // GLOBAL
  101: (s) => append(s, popMark(s)), // APPENDS
  104: (s) => get(s, u8(s.view, take(s, 1))), // BINGET
  106: (s) => get(s, s.view.getUint32(take(s, 4), true)), // LONG_BINGET
  113: (s) => s.memo.set(u8(s.view, take(s, 1)), top(s)), // BINPUT
  114: (s) => s.memo.set(s.view.getUint32(take(s, 4), true), top(s)), // LONG_BINPUT
  115: (s) => setItems(s, popMany(s, 2)), // SETITEM
  116: (s) => push(s, { kind: 'tuple', items: popMark(s) }), // TUPLE
  117: (s) => setItems(s, popMark(s)), // SETITEMS
  125: (s) => push(s, { kind: 'dict', entries: new Map() }), // EMPTY_DICT
  133: (s) => push(s, { kind: 'tuple', items: popMany(s, 1) }), // TUPLE1
  134: (s) => push(s, { kind: 'tuple', items: popMany(s, 2) }), // TUPLE2
  135: (s) => push(s, { kind: 'tuple', items: popMany(s, 3) }), // TUPLE3
  136: (s) => push(s, true), // NEWTRUE
  137: (s) => push(s, false), // NEWFALSE
  138: (s) => push(s, long(s, u8(s.view, take(s, 1)))), // LONG1
};

/** Moves past `count` bytes and says where they begin. */
function take(state: State, count: number): number {
  const { at, view } = state;
  if (at + count > view.byteLength) throw new Error('its pickle is cut short');
  state.at += count;
  return at;
}

const u8 = (view: DataView, at: number): number => view.getUint8(at);

function bytesOf(state: State, count: number): Uint8Array {
  const at = take(state, count);
  return new Uint8Array(state.view.buffer, state.view.byteOffset + at, count);
}

const utf8 = (state: State, count: number): string => decode(bytesOf(state, count));

function decode(bytes: Uint8Array): string {
  try {
    return text.decode(bytes);
  } catch (cause) {
    throw new Error('it has a text that is not UTF-8', { cause });
  }
}

/** Up to the end of the line: 1,000 bytes at most. */
function line(state: State): string {
  const begin = state.at;
  while (u8(state.view, take(state, 1)) !== 0x0a)
    if (state.at - begin > 1000) throw new Error('it names a global of over 1,000 letters');
  return decode(new Uint8Array(state.view.buffer, state.view.byteOffset + begin, state.at - 1 - begin));
}

/** Two's complement, little-endian. */
function long(state: State, count: number): number | bigint {
  const bytes = bytesOf(state, count);
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  value = BigInt.asIntN(8 * count, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function push(state: State, value: PickleValue): void {
  state.stack.push(value);
}

function pop(state: State): PickleValue {
  return popMany(state, 1)[0] as PickleValue;
}

function popMany({ stack, marks }: State, count: number): PickleValue[] {
  if (stack.length - count < (marks.at(-1) ?? 0)) throw new Error('its pickle takes more than it has put down');
  return stack.splice(stack.length - count);
}

function popMark({ stack, marks }: State): PickleValue[] {
  const mark = marks.pop();
  if (mark === undefined) throw new Error('its pickle ends something that it did not begin');
  return stack.splice(mark);
}

function top({ stack, marks }: State): PickleValue {
  if (stack.length <= (marks.at(-1) ?? 0)) throw new Error('its pickle keeps something that it did not make');
  return stack.at(-1) as PickleValue;
}

function get(state: State, index: number): void {
  const value = state.memo.get(index);
  if (value === undefined) throw new Error(`its pickle asks for number ${index}, which it did not keep`);
  push(state, value);
}

function append(state: State, items: readonly PickleValue[]): void {
  const list = top(state);
  if (!isKind(list, 'list')) throw new Error('its pickle appends to what is no list');
  for (const item of items) list.items.push(item);
}

function setItems(state: State, items: readonly PickleValue[]): void {
  const dict = top(state);
  if (!isKind(dict, 'dict') || items.length % 2 !== 0) throw new Error('its pickle sets an item of what is no dict');
  for (let i = 0; i < items.length; i += 2) dict.entries.set(key(items[i]), items[i + 1] as PickleValue);
}

function key(value: PickleValue | undefined): PickleKey {
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new Error('it has a dict whose keys are neither texts nor numbers');
}

function reduce(state: State): void {
  const [called, args] = popMany(state, 2);
  if (!isKind(called, 'object') || !called.call || !isKind(args, 'tuple'))
    throw new Error('its pickle calls something that cannot be called');
  push(state, called.call(args.items));
}

/** The attributes of a dict, such as the `_metadata` of a state dict: they are dropped. */
function build(state: State): void {
  pop(state);
  if (!isKind(top(state), 'dict')) throw new Error('its pickle gives attributes to what is no dict');
}

export function isKind<K extends 'tuple' | 'list' | 'dict' | 'object'>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { readonly kind: unknown }> & { readonly kind: K } {
  return typeof value === 'object' && value !== null && value.kind === kind;
}
