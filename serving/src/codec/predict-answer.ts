import {isStrings, type Dtype, type HostTensor} from '@ingot/tensorflow/session';
import {encodeModelSpec, encodeTensors, type AnsweredSpec} from './predict-proto.js';
import {isRaw} from './tensor-proto.js';
import {WireWriter} from './wire.js';

/** An answer with one output, and what is around the values of all like it. */
interface AnswerForm extends AnsweredSpec {
  readonly output: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly asContent: boolean;
  readonly bytes: number;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** A power of two. */
const FORMS = 16;
const forms = new Array<AnswerForm | undefined>(FORMS).fill(undefined);

/** A serialized tensorflow.serving.PredictResponse. */
export function encodePredictResponse(
  spec: AnsweredSpec,
  outputs: Readonly<Record<string, HostTensor>>,
  asContent: boolean,
): Buffer {
  const output = onlyName(outputs);
  if (output === null) return writeResponse(spec, outputs, asContent);
  const {dtype, shape, data} = outputs[output] as HostTensor;
  // Without values there is no field for them.
  if (isStrings(data) || data.length === 0 || !isRaw(dtype, asContent)) return writeResponse(spec, outputs, asContent);
  const slot = (data.length ^ spec.name.length ^ output.length) & (FORMS - 1);
  const known = forms[slot];
  const values = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const like =
    known !== undefined &&
    known.output === output &&
    known.dtype === dtype &&
    known.bytes === values.length &&
    known.asContent === asContent &&
    isSameSpec(known, spec) &&
    isSameShape(known.shape, shape);
  if (like) return filled(known, values);
  const message = writeResponse(spec, outputs, asContent);
  const after = new WireWriter().message(2, inner => encodeModelSpec(inner, spec)).finish();
  // The values are the last field of the tensor, and so the last bytes before the model's.
  const before = Buffer.from(message.subarray(0, message.length - after.length - values.length));
  const {name, version, signatureName} = spec;
  forms[slot] = {name, version, signatureName, output, dtype, shape, asContent, bytes: values.length, before, after};
  return message;
}

function writeResponse(spec: AnsweredSpec, outputs: Readonly<Record<string, HostTensor>>, asContent: boolean): Buffer {
  const writer = new WireWriter().message(2, inner => encodeModelSpec(inner, spec));
  encodeTensors(writer, 1, outputs, asContent);
  return writer.finish();
}

function filled({before, after}: AnswerForm, values: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(before.length + values.length + after.length);
  message.set(before);
  message.set(values, before.length);
  message.set(after, before.length + values.length);
  return message;
}

function isSameSpec(one: AnsweredSpec, other: AnsweredSpec): boolean {
  return one.name === other.name && one.version === other.version && one.signatureName === other.signatureName;
}

function isSameShape(one: readonly number[], other: readonly number[]): boolean {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return one.length === other.length;
}

/** The name of the only tensor; null when there is none or several. */
function onlyName(tensors: Readonly<Record<string, HostTensor>>): string | null {
  let only: string | null = null;
  for (const name in tensors) {
    if (only !== null) return null;
    only = name;
  }
  return only;
}
