import Type, {type Static} from 'typebox';

/**
 * Golden samples: inputs and the outputs that the notebook itself got for them. Replayed before a version becomes
 * visible, and again by the server that loads it. They travel as `assets.extra/golden.json`.
 */

/** A tensor as JSON: values flat, in row-major order; int64 as decimal strings, bytes as base64. */
export const JsonTensor = Type.Object({
  dtype: Type.String(),
  shape: Type.Array(Type.Integer({minimum: 0})),
  values: Type.Array(Type.Union([Type.Number(), Type.String(), Type.Boolean()])),
});
export type JsonTensor = Static<typeof JsonTensor>;

export const GoldenSample = Type.Object({
  signature: Type.String(),
  inputs: Type.Record(Type.String(), JsonTensor),
  outputs: Type.Record(Type.String(), JsonTensor),
});
export type GoldenSample = Static<typeof GoldenSample>;

export const GoldenSamples = Type.Object({
  formatVersion: Type.Literal(1),
  /** |got - wanted| <= absolute + relative * |wanted|, value by value. */
  tolerance: Type.Object({absolute: Type.Number({minimum: 0}), relative: Type.Number({minimum: 0})}),
  samples: Type.Array(GoldenSample, {minItems: 1}),
});
export type GoldenSamples = Static<typeof GoldenSamples>;
