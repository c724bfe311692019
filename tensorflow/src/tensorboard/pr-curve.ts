import {DATA_CLASS, encodePrCurvePlugin, type SummaryValue} from './messages.js';
import {floats} from './summary.js';

/**
 * A precision-recall curve for the PR curves dashboard.
 * @param labels true (or 1) where the class is there
 * @param predictions the probability of the class, 0 to 1, for each label
 * @param thresholds at how many thresholds, evenly from 0 to 1, a probability is taken for a yes
 */
export function prCurveValue(
  tag: string,
  labels: ArrayLike<number | boolean>,
  predictions: ArrayLike<number>,
  thresholds = 201,
): SummaryValue {
  if (labels.length !== predictions.length) {
    throw new Error(`prCurve("${tag}") was given ${labels.length} labels and ${predictions.length} predictions`);
  }
  if (!Number.isInteger(thresholds) || thresholds < 2)
    throw new Error(`prCurve("${tag}") needs 2 thresholds or more, not ${thresholds}`);
  const positives = new Float64Array(thresholds);
  const negatives = new Float64Array(thresholds);
  for (let i = 0; i < labels.length; i++) {
    const prediction = predictions[i] as number;
    if (!(prediction >= 0 && prediction <= 1)) {
      throw new Error(`prCurve("${tag}") was given the prediction ${prediction}: it must be a probability from 0 to 1`);
    }
    const counts = labels[i] ? positives : negatives;
    // The last threshold that the prediction reaches.
    const last = Math.floor(prediction * (thresholds - 1));
    counts[last] = (counts[last] as number) + 1;
  }
  const truePositives = sumsFrom(positives);
  const falsePositives = sumsFrom(negatives);
  const allPositives = truePositives[0] ?? 0;
  const allNegatives = falsePositives[0] ?? 0;
  const rows = [
    truePositives,
    falsePositives,
    falsePositives.map(count => allNegatives - count),
    truePositives.map(count => allPositives - count),
    truePositives.map((count, i) => ratio(count, count + (falsePositives[i] as number))),
    truePositives.map(count => ratio(count, allPositives)),
  ];
  return {
    tag,
    tensor: floats(rows.flat(), 6, thresholds),
    metadata: {
      pluginData: {pluginName: 'pr_curves', content: encodePrCurvePlugin({numThresholds: thresholds})},
      dataClass: DATA_CLASS.tensor,
    },
  };
}

/** How many lie at a place or behind it. */
function sumsFrom(counts: Float64Array): number[] {
  let sum = 0;
  return Array.from(counts)
    .reverse()
    .map(count => (sum += count))
    .reverse();
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
