import {DTYPES} from '../tensor/tensor.js';
import type {Buckets} from './histogram.js';
import {DATA_CLASS, type SummaryValue, type TensorProto} from './messages.js';

const shape = (...sizes: number[]) => ({dim: sizes.map(size => ({size}))});

export const strings = (values: readonly (string | Uint8Array)[], ...sizes: number[]): TensorProto => ({
  dtype: DTYPES.string,
  tensorShape: shape(...sizes),
  stringVal: values.map(value => (typeof value === 'string' ? Buffer.from(value) : value)),
});

export const floats = (values: readonly number[], ...sizes: number[]): TensorProto => ({
  dtype: DTYPES.float32,
  tensorShape: shape(...sizes),
  floatVal: values,
});

/** A point of a curve in the scalars dashboard. */
export const scalarValue = (tag: string, value: number): SummaryValue => ({
  tag,
  tensor: floats([value]),
  metadata: {pluginData: {pluginName: 'scalars'}, dataClass: DATA_CLASS.scalar},
});

/** A slice of the histograms and distributions dashboards. */
export const histogramValue = (tag: string, buckets: Buckets): SummaryValue => ({
  tag,
  tensor: {
    dtype: DTYPES.float64,
    tensorShape: shape(buckets.length, 3),
    tensorContent: new Uint8Array(Float64Array.from(buckets.flat()).buffer),
  },
  metadata: {pluginData: {pluginName: 'histograms'}, dataClass: DATA_CLASS.tensor},
});

/** Markdown in the text dashboard. */
export const textValue = (tag: string, markdown: string): SummaryValue => ({
  tag,
  tensor: strings([markdown]),
  metadata: {pluginData: {pluginName: 'text'}, dataClass: DATA_CLASS.tensor},
});

export interface EncodedImage {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** A PNG, JPEG or GIF file. */
  readonly encoded: Uint8Array;
}

/** Images of one size in the images dashboard. The tensor holds the width, the height and a file for each image. */
export function imageValue(tag: string, images: readonly EncodedImage[]): SummaryValue {
  const first = images[0];
  if (!first) throw new Error(`image("${tag}") was given no image`);
  return {
    tag,
    tensor: strings([`${first.width}`, `${first.height}`, ...images.map(image => image.encoded)], images.length + 2),
    metadata: {
      pluginData: {pluginName: 'images'},
      dataClass: DATA_CLASS.blobSequence,
    },
  };
}
