import type {TypeBoxTypeProvider} from '@fastify/type-provider-typebox';
import type {FastifyInstance} from 'fastify';
import Type from 'typebox';
import type {ModelController} from '../control/controller.js';
import {faults} from '../control/faults.js';
import {ModelState, Shares, ToleranceState, describeModel} from '../control/model-state.js';
import {VERSION_PATTERN} from '../control/state-file.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Weights} from '../traffic/weights.js';
import {parseVersion} from '../lifecycle/versions/policy.js';
import {AdminError, adminFaults} from './faults.js';

const Name = Type.String({minLength: 1, maxLength: 256});
const Label = Type.String({pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'});
const Version = Type.Union([Type.String({pattern: VERSION_PATTERN}), Type.Integer()], {
  description: 'A version, as text or, below 2^53, as a number.',
});
type Version = Type.Static<typeof Version>;
const closed = {additionalProperties: false} as const;
const ByName = Type.Object({name: Name});
const ByLabel = Type.Object({name: Name, label: Label});
const OneVersion = Type.Object({version: Version}, closed);
const PerhapsVersion = Type.Object({version: Type.Optional(Version)}, closed);
const Patience = Type.Object({
  timeout_ms: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 3_600_000,
      description:
        'How long to wait for loads and unloads, 60000 unless given. A load that is not done by then is given up: nothing ' +
        'changes.',
    }),
  ),
});
const PATIENCE_MS = 60_000;
const WeightsOrder = Type.Object(
  {
    weights: Shares,
    sticky_header: Type.Optional(
      Type.String({pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", description: 'The name of a header.'}),
    ),
  },
  closed,
);
const ShadowOrder = Type.Object(
  {
    version: Version,
    percent: Type.Optional(Type.Number({exclusiveMinimum: 0, maximum: 100, description: '100 unless given.'})),
    tolerance: Type.Optional(ToleranceState),
  },
  closed,
);
const TOLERANCE = {absolute: 1e-6, relative: 1e-3};
const Models = Type.Object({models: Type.Array(ModelState)});
const refusals = {'4xx': AdminError, '5xx': AdminError};

/**
 * Model control without files. Every order is idempotent, waits until it has taken effect, and answers with the model as it
 * is then, or with why it was not carried out.
 */
export function addControlRoutes(plain: FastifyInstance, models: ModelManager, controller: ModelController): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const show = (name: string): ModelState => describeModel(models, name);
  const one = (summary: string) => ({
    summary,
    params: ByName,
    querystring: Patience,
    response: {200: ModelState, ...refusals},
  });
  const label = (summary: string) => ({...one(summary), params: ByLabel});

  const list = {summary: 'All models.', response: {200: Models, ...refusals}};
  app.get('/admin/models', {schema: list}, async () => ({models: models.knownNames.map(show)}));

  const get = {summary: 'One model.', params: ByName, response: {200: ModelState, ...refusals}};
  app.get('/admin/models/:name', {schema: get}, async ({params: {name}}) => {
    if (!models.knows(name)) throw faults.noModel(name);
    return show(name);
  });

  const rescan = {
    summary: 'Look for new models and versions now, and wait until they are loaded or have failed.',
    querystring: Patience,
    response: {200: Models, ...refusals},
  };
  app.post('/admin/rescan', {schema: rescan}, async ({query}) => {
    await controller.rescan(query.timeout_ms ?? PATIENCE_MS);
    return {models: models.knownNames.map(show)};
  });

  const load = {
    ...one('Take a model into service, or load one of its versions beside those that its policy wants.'),
    body: PerhapsVersion,
  };
  app.post('/admin/models/:name/load', {schema: load}, async ({params: {name}, body, query}) => {
    await controller.load(name, versionOrNull(body.version), query.timeout_ms ?? PATIENCE_MS);
    return show(name);
  });

  const unload = {
    ...one(
      'Take a model out of service, or let a version go that was loaded on request. Running requests are answered.',
    ),
    body: PerhapsVersion,
  };
  app.post('/admin/models/:name/unload', {schema: unload}, async ({params: {name}, body, query}) => {
    await controller.unload(name, versionOrNull(body.version), query.timeout_ms ?? PATIENCE_MS);
    return show(name);
  });

  const pin = {
    ...one('Give every request that names no version this one, from now on and over restarts.'),
    body: OneVersion,
  };
  app.put('/admin/models/:name/pin', {schema: pin}, async ({params: {name}, body, query}) => {
    await controller.pin(name, version(body.version), query.timeout_ms ?? PATIENCE_MS);
    return show(name);
  });

  const unpin = one('Give requests that name no version the newest again.');
  app.delete('/admin/models/:name/pin', {schema: unpin}, async ({params: {name}}) => {
    await controller.unpin(name);
    return show(name);
  });

  const setWeights = {
    ...one('Divide requests that name no version among versions. A pin goes before.'),
    body: WeightsOrder,
  };
  app.put('/admin/models/:name/weights', {schema: setWeights}, async ({params: {name}, body, query}) => {
    await controller.setWeights(name, weightsOf(body), query.timeout_ms ?? PATIENCE_MS);
    return show(name);
  });

  const removeWeights = one('Give requests that name no version the newest again.');
  app.delete('/admin/models/:name/weights', {schema: removeWeights}, async ({params: {name}}) => {
    await controller.removeWeights(name);
    return show(name);
  });

  const setShadow = {
    ...one('Mirror requests that name no version to another one, and count how its answers compare.'),
    body: ShadowOrder,
  };
  app.put('/admin/models/:name/shadow', {schema: setShadow}, async ({params: {name}, body, query}) => {
    const {percent = 100, tolerance = TOLERANCE} = body;
    const shadow = {version: version(body.version), percent, tolerance};
    await controller.setShadow(name, shadow, query.timeout_ms ?? PATIENCE_MS);
    return show(name);
  });

  const removeShadow = one('Mirror nothing any more.');
  app.delete('/admin/models/:name/shadow', {schema: removeShadow}, async ({params: {name}}) => {
    await controller.removeShadow(name);
    return show(name);
  });

  const setLabel = {
    ...label(
      'Point a label to a version. A new label may be there before its version; one that is there moves only once its new version is loaded.',
    ),
    body: OneVersion,
  };
  app.put('/admin/models/:name/labels/:label', {schema: setLabel}, async ({params, body, query}) => {
    await controller.setLabel(params.name, params.label, version(body.version), query.timeout_ms ?? PATIENCE_MS);
    return show(params.name);
  });

  const removeLabel = label('Remove a label that was set here.');
  app.delete('/admin/models/:name/labels/:label', {schema: removeLabel}, async ({params}) => {
    await controller.removeLabel(params.name, params.label);
    return show(params.name);
  });
}

/** @throws ControlFault when they give no version anything. */
function weightsOf({weights, sticky_header: header}: Type.Static<typeof WeightsOrder>): Weights {
  const shares = new Map(Object.entries(weights).map(([text, share]) => [version(text), share]));
  const sum = [...shares.values()].reduce((total, share) => total + share, 0);
  if (!(sum > 0 && sum < Infinity)) throw adminFaults.invalid('The weights must have a finite sum above 0.');
  if (shares.size > MAX_WEIGHTS) throw adminFaults.invalid(`At most ${MAX_WEIGHTS} versions can have weights.`);
  return {shares, stickyHeader: header?.toLowerCase() ?? null};
}

const MAX_WEIGHTS = 16;

/** @throws ControlFault for a number that is no version, such as one past 64 bits. */
function version(given: Version): bigint {
  const parsed = parseVersion(String(given));
  if (parsed === null) throw adminFaults.invalid(`${given} is not a version: versions are whole 64-bit numbers.`);
  return parsed;
}

function versionOrNull(given: Version | undefined): bigint | null {
  return given === undefined ? null : version(given);
}
