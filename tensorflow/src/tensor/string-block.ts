/**
 * Many strings in one block of memory. A million small views cost more time and memory than all else that is done with
 * them, so a block travels from one end to the other as it is, and looks like a list to whoever takes it for one.
 */
export interface StringBlock {
  readonly bytes: Uint8Array;
  /** Where each string ends. */
  readonly ends: Uint32Array;
}

/** The block that a list stands for. */
const blocks = new WeakMap<object, StringBlock>();

/** The block as a list that cannot be changed: a string is made when it is looked at, as a view. */
export function listOf(block: StringBlock): readonly Uint8Array[] {
  const {bytes, ends} = block;
  const at = (index: number): Uint8Array => bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
  // Called for every string: no regular expression.
  const isIndex = (key: string | symbol): key is string =>
    typeof key === 'string' && key >= '0' && key < ':' && Number(key) < ends.length;
  const list = new Proxy(new Array<Uint8Array>(ends.length), {
    get: (target, key) => (isIndex(key) ? at(Number(key)) : (Reflect.get(target, key) as unknown)),
    has: (target, key) => isIndex(key) || Reflect.has(target, key),
    set: () => false,
  });
  blocks.set(list, block);
  return list;
}

/** One block with all of these strings: the one that the list stands for, else a copy. */
export function blockOf(strings: readonly Uint8Array[]): StringBlock {
  const known = blocks.get(strings);
  if (known !== undefined) return known;
  const ends = new Uint32Array(strings.length);
  let end = 0;
  strings.forEach(({length}, i) => (ends[i] = end += length));
  const bytes = new Uint8Array(end);
  strings.forEach((string, i) => bytes.set(string, (ends[i] as number) - string.length));
  return {bytes, ends};
}
