import type {LoadedModel, SignatureSpec} from '@ingot/tensorflow/session';
import {isBatchable, type Named} from '../batching/rows.js';
import {allocate} from '../codec/dtype.js';
import {DEFAULT_SIGNATURE} from '../inference/signature.js';
import type {RecentRun} from './recent-runs.js';
import {takeOver} from './take-over.js';

/** A server of hundreds of models does not run all of them before they are asked: each run makes a model larger. */
const MOST_VERSIONS = 16;
const MAX_ROWS = 64;
const BUDGET_MS = 2000;
/** Rows with more values take long to run, and their clients expect it. */
const MAX_VALUES = 2 ** 20;

/**
 * Runs versions that answer already, but that nobody has asked yet, so that their first clients need not wait for what
 * TensorFlow does at a first run. One version after the other, with what runs leave of the processors.
 */
export class FirstRuns {
  private last: Promise<void> = Promise.resolve();
  private versions = 0;

  /** @param idle resolves when no version is being loaded: those go before */
  constructor(private readonly idle: () => Promise<void>) {}

  /**
   * @param model whose runs give way to those of clients
   * @param samples inputs that it is known to take, by signature; without any it gets zeros, if the signature says which
   * @returns when it has been run, or will not be; never rejects
   */
  add(model: LoadedModel, samples: ReadonlyMap<string, readonly Named[]>): Promise<void> {
    if (++this.versions > MOST_VERSIONS) return Promise.resolve();
    const known = [...samples].flatMap(([signature, [inputs]]) => (inputs ? [runOf(signature, inputs)] : []));
    const runs = known.length > 0 ? known : zeroRuns(model.signatures);
    this.last = this.last.then(this.idle).then(() => takeOver(model, runs, {maxRows: MAX_ROWS, budgetMs: BUDGET_MS}));
    return this.last;
  }
}

function runOf(signature: string, inputs: Named): RecentRun {
  return {signature, inputs, options: {checkSpecs: false}};
}

/** A row of zeros for the signature that clients ask who name none, or else for the first one. */
function zeroRuns(signatures: Readonly<Record<string, SignatureSpec>>): RecentRun[] {
  const name = Object.hasOwn(signatures, DEFAULT_SIGNATURE) ? DEFAULT_SIGNATURE : Object.keys(signatures).sort()[0];
  const spec = name === undefined ? undefined : signatures[name];
  const row = spec === undefined ? null : zeroRow(spec);
  return name === undefined || row === null ? [] : [runOf(name, row)];
}

/** Null where the signature leaves sizes open, or takes texts, which mean something to most models. */
function zeroRow(spec: SignatureSpec): Named | null {
  if (!isBatchable(spec)) return null;
  const row: Record<string, Named[string]> = {};
  for (const [name, {dtype, shape}] of Object.entries(spec.inputs)) {
    const inner = shape?.slice(1) ?? [-1];
    const values = inner.reduce((product, size) => product * size, 1);
    if (dtype === 'string' || inner.includes(-1) || values > MAX_VALUES) return null;
    row[name] = {dtype, shape: [1, ...inner], data: allocate(dtype, values)};
  }
  return row;
}
