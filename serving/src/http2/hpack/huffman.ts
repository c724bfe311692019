/** HPACK's Huffman code (RFC 7541, 5.2 and appendix B). It is canonical: the lengths of its words say what the words are. */

/** Bits of the word of each byte, and of the end of a string (EOS), which no string may hold. */
const LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];
const EOS = 256;

const FAILED = -1;

/**
 * One step of decoding takes four bits. Row `state * 16 + bits` holds the next state, and in its upper half the byte that
 * came out of it plus one, 0 for none (a word has five bits at least, so there is never a second one).
 */
const STEPS: Int32Array = makeSteps();
/** States in which a string may end: what is left are at most seven bits, all ones. */
const ENDINGS: ReadonlySet<number> = makeEndings();

function makeSteps(): Int32Array {
  const tree = makeTree();
  const steps = new Int32Array((tree.length / 2) * 16);
  for (let row = 0; row < steps.length; row++) {
    let node = row >> 4;
    let out = 0;
    for (let bit = 3; bit >= 0 && node !== FAILED; bit--) {
      const next = tree[node * 2 + ((row >> bit) & 1)] as number;
      if (next >= 0) {
        node = next;
      } else if (~next === EOS) {
        node = FAILED;
      } else {
        out = ~next + 1;
        node = 0;
      }
    }
    steps[row] = node === FAILED ? FAILED : node | (out << 16);
  }
  return steps;
}

/** The children of node n at 2n and 2n+1: the number of a node, or the complement of a symbol. */
function makeTree(): number[] {
  const tree = [0, 0];
  let code = 0;
  let bits = 0;
  const bySize = LENGTHS.map((_, symbol) => symbol).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  for (const symbol of bySize) {
    code <<= lengthOf(symbol) - bits;
    bits = lengthOf(symbol);
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit--) {
      const at = node * 2 + ((code >> bit) & 1);
      if (tree[at] === 0) tree[at] = tree.push(0, 0) / 2 - 1;
      node = tree[at] as number;
    }
    tree[node * 2 + (code & 1)] = ~symbol;
    code++;
  }
  return tree;
}

function makeEndings(): Set<number> {
  const tree = makeTree();
  const endings = new Set([0]);
  for (let node = 0, bits = 0; bits < 7; bits++) endings.add((node = tree[node * 2 + 1] as number));
  return endings;
}

function lengthOf(symbol: number): number {
  return LENGTHS[symbol] as number;
}

/** A string of bytes, as latin1; null when it is no Huffman code. */
export function huffmanDecode(bytes: Buffer, start: number, end: number): string | null {
  // Eight bits hold less than two words of five.
  const out = Buffer.allocUnsafe(Math.ceil(((end - start) * 8) / 5));
  let length = 0;
  let state = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = STEPS[state * 16 + ((byte >> shift) & 15)] as number;
      if (step === FAILED) return null;
      if (step > 0xffff) out[length++] = (step >> 16) - 1;
      state = step & 0xffff;
    }
  }
  return ENDINGS.has(state) ? out.toString('latin1', 0, length) : null;
}
