import {checkInputs} from './check.js';
import type {HandledSession, Step} from './graph-session.js';
import {MAX_SELECTIONS, select, selectionKey, type Selection} from './selection.js';
import type {LoadedModel, RunOptions} from './loaded-model.js';
import type {SignatureSpec} from '../tensor/signature.js';
import type {Dtype, HostTensor} from '../tensor/tensor.js';

/** Signatures of a session. The names of a signature are looked up in the graph at its first run and then kept. */
export class SignatureModel implements LoadedModel {
  private readonly prepared = new Map<string, Prepared>();

  constructor(
    private readonly session: HandledSession,
    readonly signatures: Readonly<Record<string, SignatureSpec>>,
  ) {}

  async run(
    signature: string,
    inputs: Readonly<Record<string, HostTensor>>,
    options: RunOptions = {},
  ): Promise<Record<string, HostTensor>> {
    const {spec, dtypes, feedNames, fetchNames, step} = this.prepare(signature, options.outputs);
    checkInputs(signature, spec, dtypes, inputs, options.checkSpecs);
    // checkInputs saw that each is there.
    const feeds = feedNames.map(name => inputs[name] as HostTensor);
    const {fetched} = await step.run(feeds, options);
    const outputs: Record<string, HostTensor> = {};
    for (let i = 0; i < fetchNames.length; i++) outputs[fetchNames[i] as string] = fetched[i] as HostTensor;
    return outputs;
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }

  private prepare(signature: string, outputs: readonly string[] | undefined): Prepared {
    const key = selectionKey(signature, outputs);
    const known = this.prepared.get(key);
    if (known) return known;
    const selection = select(this.signatures, signature, outputs);
    const step = this.session.prepare(selection);
    const dtypes = Object.fromEntries(
      Object.entries(selection.spec.inputs).map(([name, input]) => [
        name,
        this.session.describe(input.tensorName).dtype,
      ]),
    );
    const prepared = {...selection, dtypes, step};
    if (this.prepared.size < MAX_SELECTIONS) this.prepared.set(key, prepared);
    return prepared;
  }
}

interface Prepared extends Selection {
  readonly dtypes: Readonly<Record<string, Dtype>>;
  readonly step: Step;
}
