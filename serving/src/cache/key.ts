import {createHash} from 'node:crypto';
import {isStrings, valueBytes, type HostTensor, type RunOptions} from '@ingot/tensorflow/session';

type Named = Readonly<Record<string, HostTensor>>;

/** Larger inputs take longer to look up than the event loop should be held up. */
const MAX_INPUT_BYTES = 1024 * 1024;

/**
 * The same text for runs that ask the same, bit by bit, and for no others (SHA-256); null when the inputs are too large.
 * @param owner what the run is asked of
 */
export function keyOf(owner: number, signature: string, inputs: Named, options: RunOptions): string | null {
  const names = Object.keys(inputs).sort();
  let bytes = 0;
  const heads: unknown[] = [];
  for (const name of names) {
    const tensor = inputs[name] as HostTensor;
    bytes += valueBytes(tensor);
    if (bytes > MAX_INPUT_BYTES) return null;
    const {dtype, shape, data} = tensor;
    const lengths = isStrings(data) ? data.map(({length}) => length) : [data.byteLength];
    heads.push(name, dtype, shape, lengths);
  }
  const hash = createHash('sha256');
  // The head says how long everything is that follows it: no two runs have the same bytes.
  hash.update(JSON.stringify([owner, signature, options.outputs ?? null, options.checkSpecs ?? null, heads]));
  for (const name of names) {
    const {data} = inputs[name] as HostTensor;
    for (const part of isStrings(data) ? data : [data]) hash.update(part);
  }
  return hash.digest('base64');
}
