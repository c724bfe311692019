import {readGolden, readVersion} from '../lineage/volume.js';
import type {StagedJob} from '../queue/record.js';
import {DeployFailure} from './failure.js';
import {endPin} from './pin.js';
import type {JobRecorder} from './recorder.js';
import {awaitLoaded, check, publishVersion, verify, type StepContext} from './steps.js';

/**
 * Takes a staged model to a live version.
 * @param publishedBefore the version that this deployment published in an earlier attempt, or null.
 */
export async function runPublish(
  id: string,
  data: StagedJob,
  publishedBefore: number | null,
  record: JobRecorder,
  context: StepContext,
): Promise<void> {
  const {model} = data;
  const request = {id, ...data};
  let version = publishedBefore;
  if (version === null) {
    await record.enter('checking');
    const checked = await check(request, context);
    await record.enter('publishing');
    version = await publishVersion(request, checked, context);
    await record.outcome('published', version);
  }
  await record.enter('loading', {version});
  await awaitLoaded(model, version, context);
  context.reached('loaded');
  await record.enter('verifying');
  const {contract} = await readVersion(context.settings.modelsDir, model, version);
  const golden = await readGolden(context.settings.modelsDir, model, version);
  if (!contract || !golden) {
    throw new DeployFailure(
      `Version ${version} of "${model}" was published, but its contract or golden samples cannot be read any more.`,
      'See who changes files in INGOT_MODELS_DIR; deploy the model again.',
    );
  }
  const endpoint = await verify(model, version, {contract, golden}, context);
  context.reached('verified');
  const unpinned = await endPin(model, version, context);
  if (unpinned !== null) await record.outcome('unpinned', unpinned);
  await record.log('info', `Live: version ${version} of ${model} answers at ${endpoint.url}`);
  await record.enter('live', {endpoint});
}
