import {Lineage} from '@ingot/tensorflow/contract/lineage';
import {ModelContract, NAME_PATTERN} from '@ingot/tensorflow/contract/model';
import Type, {type Static} from 'typebox';

/**
 * A deployment: one staged model on its way to a numbered version, or a published version on its way to being the live one
 * again. The API, its events and the queue speak of it in these shapes; the extension and the scripts import them.
 */

/**
 * In the order in which a deployment goes through them; `failed` can follow each of the others. One of a published version
 * goes from `queued` to `loading`.
 */
export const DEPLOYMENT_STATES = [
  'queued',
  'checking',
  'publishing',
  'loading',
  'verifying',
  'live',
  'failed',
] as const;
export const DeploymentState = Type.Enum([...DEPLOYMENT_STATES]);
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

export const LogLine = Type.Object({
  at: Type.String({description: 'ISO 8601, UTC.'}),
  level: Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('error')]),
  text: Type.String(),
});
export type LogLine = Static<typeof LogLine>;

export const Deployment = Type.Object({
  id: Type.String(),
  model: Type.String({pattern: NAME_PATTERN}),
  staged: Type.Union([Type.Null(), Type.String({pattern: NAME_PATTERN})], {
    description: 'The id of the staged model; null when a published version is made the live one.',
  }),
  state: DeploymentState,
  /** Set from `publishing` on, or from the start when it was published before. */
  version: Type.Union([Type.Null(), Type.Integer({minimum: 1})]),
  requestedAt: Type.String(),
  requestedBy: Type.String(),
  updatedAt: Type.String(),
  /** When the deployment entered each of its states, ISO 8601. */
  reached: Type.Record(Type.String(), Type.String()),
  notebook: Type.Union([Type.Null(), Type.String()]),
  /** Set when `failed`: what happened with which value, and what to do about it. */
  failure: Type.Union([Type.Null(), Type.Object({reason: Type.String(), remedy: Type.String()})]),
  /** Set when `live`: where clients call it, and a command that does. */
  endpoint: Type.Union([Type.Null(), Type.Object({url: Type.String(), curl: Type.String()})]),
  log: Type.Array(LogLine),
});
export type Deployment = Static<typeof Deployment>;

/** What people write goes into logs and onto terminals: nothing in it may end a line or steer a terminal. */
const ONE_LINE = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$';
export const RequestedBy = Type.String({maxLength: 128, pattern: ONE_LINE, description: 'Who asks, for the records.'});

/** `POST /api/deployments` */
export const DeploymentRequest = Type.Object(
  {
    model: Type.String({pattern: NAME_PATTERN}),
    staged: Type.String({pattern: NAME_PATTERN}),
    notebook: Type.Optional(Type.String({maxLength: 1024, pattern: ONE_LINE})),
    requestedBy: Type.Optional(RequestedBy),
  },
  {additionalProperties: false},
);
export type DeploymentRequest = Static<typeof DeploymentRequest>;

/** `POST /api/models/{name}/live` */
export const LiveRequest = Type.Object(
  {
    version: Type.Integer({minimum: 1, maximum: 999_999_999_999_999}),
    requestedBy: Type.Optional(RequestedBy),
  },
  {additionalProperties: false},
);
export type LiveRequest = Static<typeof LiveRequest>;

/** `GET /api/models` */
export const DeployedVersion = Type.Object({
  version: Type.Integer({minimum: 1}),
  /** As the server reports it (AVAILABLE, LOADING, END, ...), or null when the server does not list it. */
  state: Type.Union([Type.Null(), Type.String()]),
  live: Type.Boolean({description: 'True for the version that answers requests that name none.'}),
  publishedAt: Type.Union([Type.Null(), Type.String()]),
  publishedBy: Type.Union([Type.Null(), Type.String()]),
  notebook: Type.Union([Type.Null(), Type.String()]),
  metrics: Type.Record(Type.String(), Type.Number()),
  simulatedData: Type.Boolean(),
});
export type DeployedVersion = Static<typeof DeployedVersion>;

export const DeployedModel = Type.Object({
  name: Type.String(),
  title: Type.String(),
  serverAnswers: Type.Boolean({
    description: 'False while the model server does not answer: what is live or pinned is not known then.',
  }),
  pinned: Type.Union([Type.Null(), Type.Integer({minimum: 1})], {
    description:
      'The version that somebody went back to: it answers until the next deployment. Null: the newest answers.',
  }),
  versions: Type.Array(DeployedVersion, {description: 'Newest first.'}),
});
export type DeployedModel = Static<typeof DeployedModel>;

/** `GET /api/models/{name}/versions/{version}` */
export const VersionDetails = Type.Object({
  model: Type.String(),
  version: Type.Integer(),
  contract: Type.Union([Type.Null(), Type.Omit(ModelContract, [])]),
  lineage: Type.Union([Type.Null(), Lineage]),
});
export type VersionDetails = Static<typeof VersionDetails>;

/** Every error answer of the deployer's API. */
export const ApiError = Type.Object({
  error: Type.Object({code: Type.String(), message: Type.String(), remedy: Type.Optional(Type.String())}),
});
export type ApiError = Static<typeof ApiError>;

/** A request must carry this header with the deployer's token; the Jupyter server's proxy adds it. */
export const TOKEN_HEADER = 'x-ingot-token';
/** A browser must send this header: it forces a CORS preflight that the deployer never grants. */
export const CLIENT_HEADER = 'x-ingot-client';
