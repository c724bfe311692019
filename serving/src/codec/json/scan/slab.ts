/** As many tensors of usual requests share one piece of memory as fit: allocating one for each is most of what it costs. */
const SLAB_BYTES = 256 * 1024;

let slab = new ArrayBuffer(SLAB_BYTES);
let used = 0;

/**
 * Zeroed or stale memory for `length` float32s, of which the caller may write all and shows only what it wrote. Callers
 * that know what they use in the end give the rest back with `shrink`.
 */
export function room(length: number): Float32Array {
  const bytes = length * 4;
  if (bytes > SLAB_BYTES / 8) return new Float32Array(length);
  if (used + bytes > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES);
    used = 0;
  }
  const floats = new Float32Array(slab, used, length);
  used += bytes;
  return floats;
}

/** The first `length` elements; the others may be given out again when nothing was since. */
export function shrink(floats: Float32Array, length: number): Float32Array {
  if (floats.buffer === slab && floats.byteOffset + floats.byteLength === used) {
    // Whole 8 bytes: what is copied out of here is copied faster.
    used = (floats.byteOffset + length * 4 + 7) & ~7;
  }
  return new Float32Array(floats.buffer, floats.byteOffset, length);
}
