import {checkInputs} from './check.js';
import {TensorFlowError} from './error.js';
import type {HandledSession, Step} from './graph-session.js';
import type {Dtype, HostTensor, LoadedModel, RunOptions, SignatureSpec} from './tensor.js';

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
    const key = outputs === undefined ? signature : JSON.stringify([signature, ...outputs]);
    const known = this.prepared.get(key);
    if (known) return known;
    const spec = Object.hasOwn(this.signatures, signature) ? this.signatures[signature] : undefined;
    if (!spec) {
      const names = Object.keys(this.signatures).join(', ');
      throw new TensorFlowError('INVALID_ARGUMENT', `the model has no signature "${signature}"; it has: ${names}`);
    }
    const feedNames = Object.keys(spec.inputs);
    const fetchNames = outputs ?? Object.keys(spec.outputs);
    const step = this.session.prepare({
      feeds: Object.values(spec.inputs).map(input => input.tensorName),
      fetches: fetchNames.map(name => {
        const output = Object.hasOwn(spec.outputs, name) ? spec.outputs[name] : undefined;
        if (output) return output.tensorName;
        const names = Object.keys(spec.outputs).join(', ');
        throw new TensorFlowError(
          'INVALID_ARGUMENT',
          `the signature "${signature}" has no output "${name}"; it has: ${names}`,
        );
      }),
    });
    const dtypes = Object.fromEntries(
      Object.entries(spec.inputs).map(([name, input]) => [name, this.session.describe(input.tensorName).dtype]),
    );
    const prepared = {spec, dtypes, feedNames, fetchNames, step};
    // Subsets of outputs come from clients: only so many are remembered.
    if (this.prepared.size < MAX_PREPARED) this.prepared.set(key, prepared);
    return prepared;
  }
}

const MAX_PREPARED = 256;

interface Prepared {
  readonly spec: SignatureSpec;
  readonly dtypes: Readonly<Record<string, Dtype>>;
  readonly feedNames: readonly string[];
  readonly fetchNames: readonly string[];
  readonly step: Step;
}
