import {invalidArgument} from '../../../status/status.js';
import {PrettyWriter} from '../write/pretty-writer.js';

/** One class of a classification; the label is empty when the model names none. */
export interface ScoredClass {
  readonly label: Uint8Array;
  readonly score: number;
}

/** The body of a :classify answer: for each example the pairs of label and score. */
export function writeClassifyResponse(classifications: readonly (readonly ScoredClass[])[]): Buffer {
  if (classifications.length === 0) throw invalidArgument('Cannot convert empty ClassificationResults to JSON');
  const writer = new PrettyWriter().startObject().key('results').startArray();
  for (const classes of classifications) {
    writer.singleLine = true;
    writer.startArray();
    for (const {label, score} of classes) writer.startArray().string(label).float32(score).end();
    writer.end();
    writer.singleLine = false;
  }
  return writer.end().end().finish();
}

/** The body of a :regress answer: one number for each example. */
export function writeRegressResponse(values: Float32Array): Buffer {
  if (values.length === 0) throw invalidArgument('Cannot convert empty RegressionResults to JSON');
  const writer = new PrettyWriter().startObject().key('results');
  writer.singleLine = true;
  return writer.float32Array(values, 0, values.length).end().finish();
}
