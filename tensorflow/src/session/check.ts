import {TensorFlowError} from '../error.js';
import type {SignatureSpec, TensorSpec} from '../tensor/signature.js';
import {DTYPES, type Dtype, type HostTensor} from '../tensor/tensor.js';

/**
 * Whether the inputs are those of the signature: names, dtypes, ranks and known sizes. TensorFlow itself finds some of
 * that only where an op cannot go on, and speaks of nodes that the caller has never heard of.
 * @param dtypes of the graph's tensors: there are models whose signatures have others, and TensorFlow runs them.
 * @param specs false to check the names only.
 * @throws TensorFlowError INVALID_ARGUMENT
 */
export function checkInputs(
  signature: string,
  spec: SignatureSpec,
  dtypes: Readonly<Record<string, Dtype>>,
  inputs: Readonly<Record<string, HostTensor>>,
  specs = true,
): void {
  for (const name in spec.inputs) {
    const tensor = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (tensor === undefined) {
      throw new TensorFlowError('INVALID_ARGUMENT', `the signature "${signature}" needs the input "${name}"`);
    }
    if (specs) checkInput(name, dtypes[name], spec.inputs[name] as TensorSpec, tensor);
  }
  for (const name in inputs) {
    if (Object.hasOwn(spec.inputs, name)) continue;
    const names = Object.keys(spec.inputs).join(', ') || 'none';
    throw new TensorFlowError(
      'INVALID_ARGUMENT',
      `the signature "${signature}" has no input "${name}"; its inputs: ${names}`,
    );
  }
}

function checkInput(name: string, dtype: Dtype | undefined, spec: TensorSpec, tensor: HostTensor): void {
  if (tensor.dtype !== dtype) {
    const given = tensor.dtype in DTYPES ? tensor.dtype : `${tensor.dtype} (no dtype)`;
    throw new TensorFlowError('INVALID_ARGUMENT', `the input "${name}" is ${dtype}, not ${given}`);
  }
  if (spec.shape === null) return;
  const {shape} = tensor;
  let fits = shape.length === spec.shape.length;
  for (let i = 0; fits && i < shape.length; i++) fits = spec.shape[i] === -1 || spec.shape[i] === shape[i];
  if (!fits) {
    throw new TensorFlowError(
      'INVALID_ARGUMENT',
      `the input "${name}" has shape [${shape.join(',')}], but the model takes ` +
        `[${spec.shape.map(size => (size === -1 ? '?' : size)).join(',')}]`,
    );
  }
}
