import type {TypeBoxTypeProvider} from '@fastify/type-provider-typebox';
import {Lineage, ModelContract, NAME_PATTERN} from '@ingot/tensorflow/contract';
import type {FastifyInstance} from 'fastify';
import Type from 'typebox';
import {ApiError, DeployedModel, type DeployedVersion} from '../deployment.js';
import {faults} from '../errors.js';
import {listModels, listVersions, readVersion} from '../lineage/volume.js';
import {liveVersion, type ServingClient, type VersionStatus} from '../serving/client.js';

const Params = Type.Object({
  name: Type.String({pattern: NAME_PATTERN}),
  version: Type.String({pattern: '^[1-9]\\d{0,14}$'}),
});
const VersionDetails = Type.Object({
  model: Type.String(),
  version: Type.Integer(),
  contract: Type.Union([Type.Null(), Type.Omit(ModelContract, [])]),
  lineage: Type.Union([Type.Null(), Lineage]),
});
const failures = {'4xx': ApiError, '5xx': ApiError};

/** What exists is read from the volume, what is live from the server: this API keeps neither. */
export function addModelRoutes(
  plain: FastifyInstance,
  {modelsDir, serving}: {modelsDir: string; serving: ServingClient},
): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/models',
    {
      schema: {
        summary: 'Published models and their versions.',
        response: {200: Type.Array(DeployedModel), ...failures},
      },
    },
    async () => {
      const names = await listModels(modelsDir);
      return Promise.all(names.map(name => describeModel(modelsDir, serving, name)));
    },
  );

  app.get(
    '/api/models/:name/versions/:version',
    {
      schema: {
        summary: 'The contract and the lineage of one version.',
        params: Params,
        response: {200: VersionDetails, ...failures},
      },
    },
    async ({params}) => {
      const version = Number(params.version);
      const versions = await listVersions(modelsDir, params.name);
      if (versions.length === 0) throw faults.noModel(params.name);
      if (!versions.includes(version)) throw faults.noVersion(params.name, version);
      return {model: params.name, version, ...(await readVersion(modelsDir, params.name, version))};
    },
  );
}

async function describeModel(modelsDir: string, serving: ServingClient, name: string): Promise<DeployedModel> {
  const [versions, statuses] = await Promise.all([
    listVersions(modelsDir, name),
    // A server that is away makes no version disappear: its states are then unknown.
    serving.versions(name).catch((): VersionStatus[] => []),
  ]);
  const live = liveVersion(statuses);
  const records = await Promise.all(versions.map(version => readVersion(modelsDir, name, version)));
  return {
    name,
    title: records.find(({contract}) => contract)?.contract?.title ?? name,
    versions: versions.map((version, index): DeployedVersion => {
      const {contract, lineage} = records[index] ?? {contract: null, lineage: null};
      return {
        version,
        state: statuses.find(status => status.version === version)?.state ?? null,
        live: version === live,
        publishedAt: lineage?.deployment?.publishedAt ?? null,
        notebook: lineage?.notebook?.path ?? null,
        metrics: lineage?.metrics ?? {},
        simulatedData: [...(contract?.data ?? []), ...(lineage?.data ?? [])].some(({simulated}) => simulated),
      };
    }),
  };
}
