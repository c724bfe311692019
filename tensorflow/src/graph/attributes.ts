import type {Binding, OpAttr} from '../recording/backend.js';
import {CaptureError} from '../recording/errors.js';
import type {Attrs, AttrValue} from './graph.js';

/**
 * Type attributes that tfjs-node leaves for TensorFlow's eager runtime to infer, or gives as they were before a cast: op,
 * attribute, input that has the type.
 */
const IMPLIED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ExpandDims: {T: 0, Tdim: 1},
  Mean: {T: 0},
  Pow: {T: 0},
  Where: {T: 0},
};

/**
 * A recorded op's attributes in the form of a graph.
 * @param inputDtypes the DataType of each input, for attributes that the eager runtime infers
 */
export function graphAttributes(
  op: string,
  attrs: readonly OpAttr[],
  inputDtypes: readonly number[],
  binding: Binding,
): Attrs {
  const result: Record<string, AttrValue> = {};
  for (const attr of attrs) result[attr.name] = attrValue(op, attr, binding);
  for (const [name, input] of Object.entries(IMPLIED[op] ?? {})) result[name] = {type: inputDtypes[input] as number};
  return result;
}

function attrValue(op: string, {name, type, value}: OpAttr, binding: Binding): AttrValue {
  switch (type) {
    case binding.TF_ATTR_STRING:
      return {s: Buffer.from(value as string)};
    case binding.TF_ATTR_INT:
      return Array.isArray(value) ? {list: {i: value as number[]}} : {i: value as number};
    case binding.TF_ATTR_FLOAT:
      return Array.isArray(value) ? {list: {f: value as number[]}} : {f: value as number};
    case binding.TF_ATTR_BOOL:
      return Array.isArray(value) ? {list: {b: value as boolean[]}} : {b: value as boolean};
    case binding.TF_ATTR_TYPE:
      return {type: value as number};
    default:
      throw new CaptureError(`The attribute "${name}" of the op ${op} has a kind (${type}) that cannot be captured.`);
  }
}
