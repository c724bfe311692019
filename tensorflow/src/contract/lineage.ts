import Type, {type Static} from 'typebox';
import {DataSource} from './contract.js';

/** Where a version came from. It travels as `assets.extra/lineage.json`; the deployer adds `deployment`. */
export const Lineage = Type.Object({
  formatVersion: Type.Literal(1),
  /** The staged model's id. */
  staged: Type.String(),
  createdAt: Type.String({description: 'ISO 8601, UTC.'}),
  notebook: Type.Union([
    Type.Null(),
    Type.Object({
      path: Type.String(),
      cell: Type.Optional(Type.String({description: 'The id of the cell that made the model deployable.'})),
      cellSha256: Type.Optional(Type.String({description: "Hash of that cell's code."})),
      codeSha256: Type.Optional(Type.String({description: 'Hash of the code executed so far, in order.'})),
    }),
  ]),
  data: Type.Array(DataSource),
  packages: Type.Record(Type.String(), Type.String()),
  git: Type.Union([Type.Null(), Type.Object({commit: Type.String(), dirty: Type.Boolean()})]),
  /** Figures of the last training or backtest, by name. */
  metrics: Type.Record(Type.String(), Type.Number()),
  training: Type.Optional(
    Type.Object({
      run: Type.String({description: 'The TensorBoard run, relative to the log folder.'}),
      epochs: Type.Integer({minimum: 0}),
      seconds: Type.Number({minimum: 0}),
      device: Type.String({description: '"CPU" or the GPU\'s name.'}),
      compiled: Type.Boolean(),
    }),
  ),
  deployment: Type.Optional(
    Type.Object({
      id: Type.String(),
      version: Type.Integer({minimum: 1}),
      requestedAt: Type.String(),
      requestedBy: Type.String(),
      publishedAt: Type.Optional(Type.String({description: 'ISO 8601, UTC.'})),
    }),
  ),
});
export type Lineage = Static<typeof Lineage>;
