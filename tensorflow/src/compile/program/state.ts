import type {Tensor, Variable} from '@tensorflow/tfjs-node';
import {nodeBackend, type HostValues} from '../../recording/backend.js';
import {dtypeName} from '../../capture/capture.js';
import {tf} from '../../native/index.js';
import {nativeTensor, type HostTensor, type NativeTensor} from '../../session/index.js';

/** What tfjs-node's backend keeps for a tensor (nodejs_kernel_backend.ts); `id` is -1 while its binding has none. */
interface Entry {
  readonly shape: number[];
  readonly dtype: number;
  id: number;
  values: HostValues | null;
  refCount: number;
}

interface Entries {
  get(dataId: object): Entry;
  set(dataId: object, entry: Entry): void;
}

const entries = () => (nodeBackend() as unknown as {tensorMap: Entries}).tensorMap;

/** Values of a tfjs tensor, without a copy where they lie in JavaScript. */
export function hostTensor({dataId, shape}: Tensor): HostTensor {
  const backend = nodeBackend();
  return {dtype: dtypeName(entries().get(dataId).dtype), shape, data: backend.readSync(dataId)};
}

/**
 * A variable whose newest value lies in the memory of our session, from step to step, while tfjs goes on to see an
 * ordinary variable: whoever reads it gets the newest value, whoever assigns to it sets the state of the next step.
 */
export class VariableState {
  private static readonly all = new WeakMap<Variable, VariableState>();

  /** The value that `dataId` stands for, in the session's memory. */
  private native: NativeTensor | undefined;
  private dataId: object | undefined;
  private entry: MirroredEntry | undefined;

  static of(variable: Variable): VariableState {
    let state = VariableState.all.get(variable);
    if (state === undefined) VariableState.all.set(variable, (state = new VariableState(variable)));
    return state;
  }

  private constructor(readonly variable: Variable) {}

  /** The newest value, to be fed to a step. */
  feed(): NativeTensor {
    if (this.native !== undefined && this.variable.dataId === this.dataId) return this.native;
    // Assigned to from outside. Data of tfjs never changes, so its id tells whether the value is still the same.
    if (this.entry === undefined) this.native?.dispose();
    this.entry = undefined;
    this.dataId = this.variable.dataId;
    this.native = nativeTensor(hostTensor(this.variable));
    return this.native;
  }

  /** Makes what a step gave the variable's value. */
  advance(next: NativeTensor): void {
    if (this.entry === undefined) {
      this.native?.dispose();
    } else if (this.variable.dataId === this.dataId) {
      if (this.entry.refCount === 1) {
        this.native = next;
        this.entry.advance(next);
        return;
      }
      // Somebody else holds the old value (a clone): it stays as it is, and the variable gets data of its own.
      this.entry.settle();
    }
    this.entry = new MirroredEntry(next, entries().get(this.variable.dataId).dtype, this.variable.shape);
    this.native = next;
    const {dtype, shape} = this.variable;
    const dataId = {};
    entries().set(dataId, this.entry);
    const tensor = tf.engine().makeTensorFromTensorInfo({dataId, shape, dtype});
    this.variable.assign(tensor);
    tensor.dispose();
    this.dataId = dataId;
  }
}

/** An entry of tfjs-node's backend whose values are fetched from the session when somebody asks for them. */
class MirroredEntry implements Entry {
  private binding: number | undefined;
  private host: HostValues | null = null;
  private stale = true;
  private references = 1;

  constructor(
    private native: NativeTensor | undefined,
    readonly dtype: number,
    readonly shape: number[],
  ) {}

  advance(next: NativeTensor): void {
    this.native?.dispose();
    this.native = next;
    this.stale = true;
  }

  /** Fetches the value and lets go of the session's copy: it will not change any more. */
  settle(): void {
    this.refresh();
    this.native?.dispose();
    this.native = undefined;
  }

  get values(): HostValues | null {
    this.refresh();
    return this.host;
  }
  set values(values: HostValues | null) {
    this.host = values;
  }

  get id(): number {
    return this.binding ?? -1;
  }
  set id(id: number) {
    this.binding = id;
  }

  get refCount(): number {
    return this.references;
  }
  set refCount(count: number) {
    this.references = count;
    if (count === 0) this.native?.dispose();
  }

  private refresh(): void {
    if (!this.stale || this.native === undefined) return;
    if (this.binding !== undefined) nodeBackend().binding.deleteTensor(this.binding);
    this.binding = undefined;
    this.host = this.native.toHost().data as HostValues;
    this.stale = false;
  }
}
