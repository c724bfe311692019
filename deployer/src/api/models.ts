import type {TypeBoxTypeProvider} from '@fastify/type-provider-typebox';
import {NAME_PATTERN} from '@ingot/tensorflow/contract';
import type {FastifyInstance} from 'fastify';
import Type from 'typebox';
import {DeployedModel, Deployment, LiveRequest, VersionDetails, type DeployedVersion} from '../deployment.js';
import {faults} from '../errors.js';
import {VersionSummaries} from '../lineage/summaries.js';
import {listModels, listVersions, readVersion} from '../lineage/volume.js';
import type {QueueDoor} from '../queue/door.js';
import type {LiveState, ServingClient} from '../serving/client.js';
import type {Settings} from '../settings.js';
import {failures, toEvent, type Audit} from './common.js';

const Named = Type.Object({name: Type.String({pattern: NAME_PATTERN})});
const OneVersion = Type.Object({
  name: Type.String({pattern: NAME_PATTERN}),
  version: Type.String({pattern: '^[1-9]\\d{0,14}$'}),
});

export interface ModelRoutes {
  readonly modelsDir: string;
  readonly serving: ServingClient;
  readonly servingAdmin: Settings['servingAdmin'];
  readonly queue: QueueDoor;
  readonly audit: Audit;
}

/** What exists is read from the volume, what is live and pinned from the server: this API keeps neither. */
export function addModelRoutes(plain: FastifyInstance, options: ModelRoutes): void {
  const {modelsDir, serving, servingAdmin, queue, audit} = options;
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const summaries = new VersionSummaries(modelsDir);

  /** @throws ApiFault when there is no such model or version. */
  async function checkExists(model: string, version: number): Promise<void> {
    const versions = await listVersions(modelsDir, model);
    if (versions.length === 0) throw faults.noModel(model);
    if (!versions.includes(version)) throw faults.noVersion(model, version);
  }

  app.get(
    '/api/models',
    {
      schema: {
        summary: 'Published models and their versions.',
        response: {200: Type.Array(DeployedModel), ...failures},
      },
    },
    async () => {
      const [names, states] = await Promise.all([listModels(modelsDir), statesOf(serving)]);
      return Promise.all(names.map(async name => describeModel(modelsDir, summaries, name, await states(name))));
    },
  );

  app.get(
    '/api/models/:name/versions/:version',
    {
      schema: {
        summary: 'The contract and the lineage of one version.',
        params: OneVersion,
        response: {200: VersionDetails, ...failures},
      },
    },
    async ({params: {name, version}}) => {
      await checkExists(name, Number(version));
      return {model: name, version: Number(version), ...(await readVersion(modelsDir, name, Number(version)))};
    },
  );

  app.post(
    '/api/models/:name/live',
    {
      schema: {
        summary:
          'Have a published version answer the requests that name none. An older one is pinned until the next deployment; the newest takes the pin away.',
        params: Named,
        body: LiveRequest,
        response: {202: Deployment, ...failures},
      },
    },
    async ({params: {name}, body}, reply) => {
      await checkExists(name, body.version);
      if (servingAdmin === null) throw faults.noServingControl();
      const {deployment, created} = await queue.submitReturn(name, body);
      if (created) await audit(toEvent('requested', deployment));
      return reply.status(202).send(deployment);
    },
  );
}

/** What the server says of each model; null while it does not answer, which makes no version disappear. */
async function statesOf(serving: ServingClient): Promise<(model: string) => Promise<LiveState | null>> {
  try {
    const models = await serving.models();
    if (models === null) return model => serving.live(model).catch(() => null);
    return async model => models.get(model) ?? UNLISTED;
  } catch {
    return async () => null;
  }
}

const UNLISTED: LiveState = {versions: [], live: null, pinned: null};

async function describeModel(
  modelsDir: string,
  summaries: VersionSummaries,
  name: string,
  state: LiveState | null,
): Promise<DeployedModel> {
  const versions = await listVersions(modelsDir, name);
  const all = await Promise.all(versions.map(version => summaries.read(name, version)));
  const states = new Map(state?.versions.map(status => [status.version, status.state]));
  return {
    name,
    title: all.find(({title}) => title !== null)?.title ?? name,
    serverAnswers: state !== null,
    pinned: state?.pinned ?? null,
    versions: all.map(({title: _title, ...summary}, index): DeployedVersion => {
      const version = versions[index] ?? 0;
      return {version, state: states.get(version) ?? null, live: version === state?.live, ...summary};
    }),
  };
}
