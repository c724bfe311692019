import Type, {type Static} from 'typebox';

/**
 * The contract of a model: what a person would say of it. It travels as `assets.extra/contract.json` inside a version
 * folder; friendly endpoints, forms and request checks are generated from it.
 */

/** What may name a model, a run or a staged model anywhere in Ingot: checked at every door. */
export const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$';

const Dtype = Type.String({description: 'A TensorFlow dtype in lower case, e.g. "float32", "int64", "string".'});
const Shape = Type.Array(Type.Union([Type.Integer({minimum: 0}), Type.Null()]), {
  maxItems: 8,
  description: 'Per-instance shape, without the batch dimension; null where a size is free.',
});
const named = {
  name: Type.String({minLength: 1, maxLength: 128, description: 'The tensor name in the signature.'}),
  description: Type.Optional(Type.String({maxLength: 2000})),
};

const SeriesInput = Type.Object({
  ...named,
  kind: Type.Literal('series'),
  length: Type.Integer({minimum: 1, description: 'How many observations a request carries, oldest first.'}),
  unit: Type.String({description: 'The unit that a client sends, e.g. "USD/oz".'}),
  step: Type.Optional(Type.String({description: 'The time between two observations, e.g. "trading day".'})),
});

const ImageInput = Type.Object({
  ...named,
  kind: Type.Literal('image'),
  height: Type.Integer({minimum: 1}),
  width: Type.Integer({minimum: 1}),
  channels: Type.Integer({minimum: 1, maximum: 4}),
  range: Type.Tuple([Type.Number(), Type.Number()], {description: 'The values of black and white.'}),
});

const TensorInput = Type.Object({
  ...named,
  kind: Type.Literal('tensor'),
  dtype: Dtype,
  shape: Shape,
  unit: Type.Optional(Type.String()),
});

const LabelsOutput = Type.Object({
  ...named,
  kind: Type.Literal('labels'),
  labels: Type.Array(Type.String(), {minItems: 1}),
  topK: Type.Integer({minimum: 1}),
});

const ForecastOutput = Type.Object({
  ...named,
  kind: Type.Literal('forecast'),
  horizon: Type.Integer({minimum: 1, description: 'How many steps ahead; the first axis of one answer.'}),
  quantiles: Type.Array(Type.Number({exclusiveMinimum: 0, exclusiveMaximum: 1}), {
    minItems: 1,
    description: 'Ascending; the second axis of one answer.',
  }),
  unit: Type.String(),
});

const TensorOutput = Type.Object({
  ...named,
  kind: Type.Literal('tensor'),
  dtype: Dtype,
  shape: Shape,
  unit: Type.Optional(Type.String()),
});

/** Where a model's training data came from, as a person must be told it. */
export const DataSource = Type.Object({
  name: Type.String({description: 'The data set\'s name, e.g. "gold-usd-daily".'}),
  source: Type.String({description: 'Who publishes it, as it must be cited.'}),
  licence: Type.String(),
  simulated: Type.Boolean({description: 'True when the numbers were made up by a seeded simulation.'}),
  sha256: Type.Optional(Type.String()),
  rows: Type.Optional(Type.Integer({minimum: 0})),
  from: Type.Optional(Type.String({description: 'First date, ISO 8601.'})),
  to: Type.Optional(Type.String({description: 'Last date, ISO 8601.'})),
});
export type DataSource = Static<typeof DataSource>;

export const InputContract = Type.Union([SeriesInput, ImageInput, TensorInput]);
export type InputContract = Static<typeof InputContract>;

export const OutputContract = Type.Union([LabelsOutput, ForecastOutput, TensorOutput]);
export type OutputContract = Static<typeof OutputContract>;

export const ModelContract = Type.Object(
  {
    formatVersion: Type.Literal(1),
    name: Type.String({pattern: NAME_PATTERN}),
    title: Type.String({minLength: 1, maxLength: 200}),
    description: Type.Optional(Type.String({maxLength: 10_000})),
    inputs: Type.Array(InputContract, {minItems: 1}),
    outputs: Type.Array(OutputContract, {minItems: 1}),
    data: Type.Optional(Type.Array(DataSource)),
    /** One instance for each input, as nested JSON: what an example request carries. */
    example: Type.Record(Type.String(), Type.Unknown()),
  },
  {$id: 'ingot-contract-1', title: 'Ingot model contract'},
);
export type ModelContract = Static<typeof ModelContract>;
