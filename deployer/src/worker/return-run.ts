import {listVersions, readGolden, readVersion} from '../lineage/volume.js';
import type {VersionJob} from '../queue/record.js';
import {DeployFailure} from './failure.js';
import {keepLoaded, letGo, moveTo} from './pin.js';
import type {JobRecorder} from './recorder.js';
import {verify, type StepContext} from './steps.js';

/**
 * Makes a version that was published before the live one: going back, or forward again. Clients notice nothing until it is
 * loaded and has answered; then the pin moves, all at once. See docs/decisions/going-back.md.
 */
export async function runReturn(data: VersionJob, record: JobRecorder, context: StepContext): Promise<void> {
  const {model, version} = data;
  const {serving, log, settings} = context;
  const versions = await listVersions(settings.modelsDir, model);
  if (!versions.includes(version)) {
    throw new DeployFailure(
      `Version ${version} of "${model}" is not there any more.`,
      `Go back to one that is: ${versions.join(', ') || 'none is left'}.`,
    );
  }
  const newest = version === versions[0];
  await record.enter('loading');
  const {live} = await serving.live(model).catch(() => ({live: null}));
  try {
    await keepLoaded(model, version, context);
    log('info', `Version ${version} is loaded${live === null || live === version ? '' : `; version ${live} answers`}.`);
    context.reached('loaded');
    await record.enter('verifying');
    const {contract} = await readVersion(settings.modelsDir, model, version);
    const golden = await readGolden(settings.modelsDir, model, version);
    const endpoint = await verify(model, version, {contract, golden}, context);
    context.reached('verified');
    await context.mayPublish();
    const unpinned = await moveTo(model, version, newest, context);
    context.reached('pinned');
    if (!newest) await record.outcome('pinned');
    else if (unpinned !== null) await record.outcome('unpinned', unpinned);
    if (live !== null && live !== version) {
      log('info', `What version ${live} answered, and feedback to it, stays as it is.`);
    }
    log('info', `Live: version ${version} of ${model} answers at ${endpoint.url}`);
    await record.enter('live', {endpoint});
  } finally {
    await letGo(model, context);
  }
}
