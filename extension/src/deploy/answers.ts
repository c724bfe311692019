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

/** One line that tells a model from another: "gold · 12,345 parameters · prices: float32 [?, 60]". */
export function describe(model: DeployableModel): string {
  return [model.name, `${model.parameters.toLocaleString()} parameters`, ...model.inputs].join(' · ');
}
