import Type from 'typebox';
import type {ModelManager} from '../lifecycle/manager.js';
import {NOTHING_MIRRORED} from '../traffic/shadow.js';
import {VERSION_PATTERN} from './state-file.js';

const Version = Type.String({pattern: VERSION_PATTERN, description: 'A version as decimal text.'});
const orNull = <T extends Type.TSchema>(type: T, description: string) => Type.Union([Type.Null(), type], {description});

/** Version to share. */
export const Shares = Type.Record(Type.String({pattern: VERSION_PATTERN}), Type.Number({minimum: 0}));

/** How far a shadow's answer may be off: |answer - shadow's| <= absolute + relative * |answer|. */
export const ToleranceState = Type.Object({
  absolute: Type.Number({minimum: 0}),
  relative: Type.Number({minimum: 0}),
});

const count = (description: string) => Type.Integer({description});
const ShadowState = Type.Object({
  version: Version,
  percent: Type.Number(),
  tolerance: ToleranceState,
  same: count('Mirrored requests that it answered as the version did that clients get.'),
  different: count('Those that it answered otherwise.'),
  failed: count('Those that it answered with an error.'),
  dropped: count('Those that were not mirrored, since it was busy or not AVAILABLE.'),
  trouble: orNull(Type.String(), 'What was the matter with the last one that was different or failed.'),
});

/** One copy of a version, where --model_options_file says where models run. */
const CopyState = Type.Object({
  device: Type.String({description: '"cpu", "gpu:" and a number, or "auto" for what the server would choose.'}),
  intra_op_threads: Type.Union([Type.Null(), Type.Integer()], {description: 'Null: as for all models.'}),
  inter_op_threads: Type.Union([Type.Null(), Type.Integer()], {description: 'Null: as for all models.'}),
  ready: Type.Boolean({description: 'False while its engine is being started again.'}),
  running: Type.Integer({description: 'Runs that it has now.'}),
});

/** One version of a model as operators see it. */
const VersionState = Type.Object({
  version: Version,
  state: Type.Enum(['UNKNOWN', 'START', 'LOADING', 'AVAILABLE', 'UNLOADING', 'END']),
  error: orNull(Type.Object({code: Type.String(), message: Type.String()}), 'Why it could not be loaded.'),
  in_flight: Type.Integer({description: 'Requests that it is answering now.'}),
  requests: Type.Integer({description: 'Requests that it has got since it was first listed.'}),
  not_batched: Type.Array(Type.String(), {
    description: 'Signatures for which requests are never batched: their answers depend on what else is in a batch.',
  }),
  copies: Type.Array(CopyState, {description: 'Where it runs, with --model_options_file.'}),
  memory: orNull(
    Type.Object({
      bytes: Type.Integer({description: 'About what it takes.'}),
      resident: Type.Boolean({description: 'False while it rests, until the next request.'}),
    }),
    'With a memory budget.',
  ),
});

/** A model as operators see it: what they said, and what came of it. */
export const ModelState = Type.Object({
  name: Type.String(),
  live_version: orNull(
    Version,
    'What requests get that name no version, or with weights most of them; null when they get an error.',
  ),
  pinned_version: orNull(Version, 'Set by an operator: requests that name no version get this one and no other.'),
  unloaded: Type.Boolean({description: 'True when an operator took it out of service.'}),
  ready: Type.Boolean({description: 'True when every wanted version is AVAILABLE.'}),
  labels: Type.Record(Type.String(), Version),
  weights: orNull(Shares, 'How requests that name no version are divided, while there is no pin.'),
  sticky_header: orNull(Type.String(), 'Requests with the same value of this header get the same version.'),
  shadow: orNull(ShadowState, 'The version to which requests are mirrored, and what became of them.'),
  held_versions: Type.Array(Version, {description: 'Loaded on request, beside what the version policy wants.'}),
  versions: Type.Array(VersionState, {description: 'Newest first.'}),
});
export type ModelState = Type.Static<typeof ModelState>;

export function describeModel(models: ModelManager, name: string): ModelState {
  const model = models.model(name);
  const {pin, labels, held, unloaded, weights, shadow} = models.control(name);
  const live = model?.liveVersion ?? null;
  const all = new Map([...(model?.config.labels ?? []), ...labels]);
  return {
    name,
    live_version: live === null ? null : String(live),
    pinned_version: pin === null ? null : String(pin),
    unloaded,
    ready: model?.ready ?? false,
    labels: Object.fromEntries([...all].map(([label, version]) => [label, String(version)])),
    weights: weights === null ? null : Object.fromEntries(weights.shares),
    sticky_header: weights?.stickyHeader ?? null,
    shadow:
      shadow === null
        ? null
        : {...shadow, version: String(shadow.version), ...(model?.shadowCounts ?? NOTHING_MIRRORED)},
    held_versions: [...held].map(String),
    versions: (model?.statuses ?? []).map(
      ({version, state, error, inFlight, requests, memory, copies, notBatched}) => ({
        version: String(version),
        state,
        error: error === null ? null : {code: error.code, message: error.message},
        in_flight: inFlight,
        requests,
        not_batched: [...notBatched],
        copies: copies.map(({device, threads: {intra, inter}, ready, running}) => ({
          device,
          intra_op_threads: intra ?? null,
          inter_op_threads: inter ?? null,
          ready,
          running,
        })),
        memory: memory === null ? null : {bytes: memory.bytes, resident: memory.resident},
      }),
    ),
  };
}
