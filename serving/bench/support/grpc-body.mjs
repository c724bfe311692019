import {SHAPES} from './models.mjs';

/** A serialized tensorflow.serving.PredictRequest with the input `x` as tensor_content, as clients send it. */
export function encodePredictRequest(model, rows) {
  const values = Float32Array.from(rows.flat(Infinity));
  const sizes = [rows.length, ...SHAPES[model]].map(size => bytes(2, varint(1, size)));
  const tensor = Buffer.concat([varint(1, 1), bytes(2, Buffer.concat(sizes)), bytes(4, Buffer.from(values.buffer))]);
  const entry = Buffer.concat([bytes(1, Buffer.from('x')), bytes(2, tensor)]);
  return Buffer.concat([bytes(1, bytes(1, Buffer.from(model))), bytes(2, entry)]);
}

function number(value) {
  const digits = [];
  for (; value >= 128; value = Math.floor(value / 128)) digits.push((value % 128) + 128);
  return Buffer.from([...digits, value]);
}

const varint = (field, value) => Buffer.concat([number(field * 8), number(value)]);
const bytes = (field, content) => Buffer.concat([number(field * 8 + 2), number(content.length), content]);
