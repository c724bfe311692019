import type {DeployableModel, DeployAnswer} from 'ingot/comm/protocol';
import Type from 'typebox';
import Value from 'typebox/value';

/** Is this what the kernel's side of the comm may say? It is user code's neighbour: nothing it sends is taken on trust. */
export function isDeployAnswer(data: unknown): data is DeployAnswer {
  return Value.Check(Answer, data);
}

const id = Type.String();
const Model = Type.Object({
  name: Type.String(),
  title: Type.String(),
  parameters: Type.Number(),
  inputs: Type.Array(Type.String()),
  outputs: Type.Array(Type.String()),
  metrics: Type.Record(Type.String(), Type.Number()),
  simulatedData: Type.Boolean(),
});

const Answer = Type.Union([
  Type.Object({type: Type.Literal('models'), id, models: Type.Array(Model)}),
  Type.Object({type: Type.Literal('progress'), id, text: Type.String(), fraction: Type.Number()}),
  Type.Object({type: Type.Literal('staged'), id, model: Type.String(), staged: Type.String()}),
  Type.Object({type: Type.Literal('error'), id, message: Type.String(), remedy: Type.String()}),
]);

/** How many of a model's figures tell it from another. */
const FIGURES = 3;

/** One line that tells a model from another: "gold · 12,345 parameters · prices: float32 [?, 60] → ... · loss 0.12". */
export function describe(model: DeployableModel): string {
  const figures = Object.entries(model.metrics).slice(0, FIGURES);
  return [
    model.name,
    // A function that was given without its model has none to count.
    ...(model.parameters === 0 ? [] : [`${model.parameters.toLocaleString()} parameters`]),
    `${model.inputs.join(', ')} → ${model.outputs.join(', ')}`,
    ...figures.map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`),
  ].join(' · ');
}
