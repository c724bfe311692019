import type {HostTensor, SignatureSpec, TensorSpec} from '@ingot/tensorflow/session';
import {elementBytes} from '../codec/dtype.js';
import type {V2Request} from '../codec/json/bodies/v2-body.js';
import {decodeRaw} from '../codec/raw-tensor.js';
import {invalidArgument} from '../status/status.js';

/**
 * Triton's raw binary request (docs/protocol/extension_binary_data.md): the whole body is the values of the one input, or
 * the bytes of its one string. Answers are bytes, too.
 * @throws StatusError INVALID_ARGUMENT when that does not say what the input is
 */
export function rawRequest({inputs}: SignatureSpec, body: Buffer): V2Request {
  const [only, ...others] = Object.entries(inputs);
  if (only === undefined || others.length > 0) {
    throw invalidArgument(
      `A body without JSON is for models with one input; this one has ${Object.keys(inputs).length}`,
    );
  }
  const [name, spec] = only;
  return {
    id: null,
    signatureName: '',
    inputs: {[name]: tensorOf(name, spec, body)},
    outputs: [],
    binary: new Map(),
    binaryByDefault: true,
  };
}

function tensorOf(name: string, {dtype, shape}: TensorSpec, body: Buffer): HostTensor {
  const sizes = shape ?? [-1];
  if (dtype === 'string' && sizes.every(size => Math.abs(size) === 1)) {
    return {dtype, shape: sizes.map(() => 1), data: [body]};
  }
  if (dtype === 'string')
    throw invalidArgument(`The input "${name}" has the shape [${sizes.join(',')}], not one string`);
  const known = sizes.reduce((product, size) => (size < 0 ? product : product * size), 1);
  if (sizes.filter(size => size < 0).length > 1) {
    throw invalidArgument(
      `The input "${name}" has the shape [${sizes.join(',')}]: send a JSON header that says which it is`,
    );
  }
  const left = body.length / elementBytes(dtype) / known;
  const found = sizes.map(size => (size < 0 ? Math.floor(left) : size));
  // What does not divide is refused here, with both numbers.
  return decodeRaw(name, dtype, found, body);
}
