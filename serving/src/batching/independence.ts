import type {HostData, HostTensor, LoadedModel} from '@ingot/tensorflow/session';
import {sameAnswer, type Tolerance} from '../traffic/compare.js';
import {concatenate, countRows, cutUp, laneOf, splitRows, type Named} from './rows.js';

/**
 * Whether the rows of a batch have anything to do with each other: a model that computes across its first axis (a mean over
 * the batch, a softmax on the wrong axis) must answer each request by itself. A signature cannot tell, so it is tried.
 */

/** Larger than what another order of additions makes, smaller than what another row's values make. */
const RELATIVE = 1e-3;
/** Of the largest value of an output. */
const ABSOLUTE = 1e-4;
/** Two rows to try a signature with. */
export type Pair = readonly [Named, Named];

/**
 * Two rows of these inputs, different ones if there are; failing that, one and itself turned round.
 * @param last false to wait for better inputs
 * @returns null when there is no row, or to wait
 */
export function rowsToTry(samples: readonly Named[], last: boolean): Pair | null {
  const rows = samples.flatMap(inputs => {
    const count = countRows(inputs);
    return count === null || count === 0
      ? []
      : cutUp(inputs, count, 1)
          .slice(0, 2)
          .map(piece => piece.inputs);
  });
  const [first] = rows;
  if (first === undefined) return null;
  const differs = (row: Named): boolean => !sameAnswer(row, first, EXACT);
  const second = [...rows.slice(1), turned(first)].find(
    row => laneOf(row, false) === laneOf(first, false) && differs(row),
  );
  if (second !== undefined) return [first, second];
  return last ? [first, first] : null;
}

/**
 * Whether the answer to a row depends on the row that is in the batch with it.
 * @returns `unknown` when the model could not be asked, or draws random numbers. Never rejects.
 */
export async function judgeRows(
  model: LoadedModel,
  signature: string,
  [first, second]: Pair,
): Promise<'independent' | 'dependent' | 'unknown'> {
  const run = (inputs: Named): Promise<Named> =>
    model.run(signature, inputs, {checkSpecs: false, deadlineMs: DEADLINE_MS});
  try {
    const alone = await run(first);
    // A row that was turned round may be nothing that the model takes: then the first one keeps itself company.
    const others = await run(second).catch(() => null);
    const batch = concatenate([first, others === null ? first : second], 2);
    const together = await run(batch).catch((error: unknown) => {
      if (PASSING.has((error as {code?: string}).code ?? '')) throw error;
      return null;
    });
    if (together === null) return 'dependent';
    const [one, two] = splitRows(together, [1, 1], 2) as [Named, Named];
    if (near(alone, one) && near(others ?? alone, two)) return 'independent';
    // A model that draws random numbers answers otherwise each time.
    return near(alone, await run(first)) ? 'dependent' : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** A model may take so long for one row, or it is not tried any further. */
const DEADLINE_MS = 10_000;
/** Codes of errors that are not the batch's fault. */
const PASSING: ReadonlySet<string> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'RESOURCE_EXHAUSTED']);
const EXACT: Tolerance = {absolute: 0, relative: 0};

function near(a: Named, b: Named): boolean {
  return Object.keys(a).every(name => {
    const [x, y] = [a[name], b[name]];
    if (x === undefined || y === undefined) return false;
    return sameAnswer({x}, {x: y}, toleranceFor(x));
  });
}

function toleranceFor(tensor: HostTensor): Tolerance {
  // Their data is raw bits; they have two or three digits.
  if (tensor.dtype === 'half' || tensor.dtype === 'bfloat16') return {absolute: 0.02, relative: 0.02};
  return {absolute: ABSOLUTE * largest(tensor), relative: RELATIVE};
}

function largest({data}: HostTensor): number {
  let most = 0;
  for (const value of data) {
    const size = Math.abs(Number(value));
    if (size > most && size < Infinity) most = size;
  }
  return most;
}

/** Another row of much the same values: they in the opposite order, or a lone number half as large again. */
function turned(row: Named): Named {
  return Object.fromEntries(
    Object.entries(row).map(([name, tensor]) => {
      const {data} = tensor;
      const lone = data.length === 1 && (data instanceof Float32Array || data instanceof Float64Array);
      const other = lone ? data.map(value => value * 1.5 + 0.25) : reversed(data);
      return [name, {...tensor, data: other}];
    }),
  );
}

function reversed(data: HostData): HostData {
  return Array.isArray(data) ? [...(data as readonly Uint8Array[])].reverse() : (data as Uint8Array).slice().reverse();
}
