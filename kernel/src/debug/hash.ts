const M = 0x5bd1e995;

/** What JupyterLab calls "Murmur2": both sides name a cell by the hash of its code (@jupyterlab/debugger/src/hash.ts). */
export function murmur2(text: string, seed: number): number {
  const data = new TextEncoder().encode(text);
  let hash = seed ^ data.length;
  let at = 0;
  const byte = (offset: number) => data[at + offset] ?? 0;
  for (; data.length - at >= 4; at += 4) {
    let word = byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24);
    word = multiply(word);
    word ^= word >>> 24;
    word = multiply(word);
    hash = multiply(hash) ^ word;
  }
  const rest = data.length - at;
  if (rest > 0) {
    hash ^= (rest > 2 ? byte(2) << 16 : 0) ^ (rest > 1 ? byte(1) << 8 : 0) ^ byte(0);
    hash = multiply(hash);
  }
  hash ^= hash >>> 13;
  hash = multiply(hash);
  hash ^= hash >>> 15;
  return hash >>> 0;
}

function multiply(value: number): number {
  return (value & 0xffff) * M + ((((value >>> 16) * M) & 0xffff) << 16);
}
