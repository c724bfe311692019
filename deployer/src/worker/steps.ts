import {setTimeout as sleep} from 'node:timers/promises';
import type {GoldenSamples, ModelContract} from '@ingot/tensorflow/contract';
import {toleranceOfGpus} from '@ingot/tensorflow/session';
import type {Log} from '../log.js';
import type {StagedJob} from '../queue/record.js';
import {ChangedSinceCheck, publish} from '../publish/publish.js';
import {ServingUnreachable, type ServingClient} from '../serving/client.js';
import type {ServingControl} from '../serving/control.js';
import {judgeLoading} from '../serving/loading.js';
import {canAsk, endpointOf, judgeAnswer, predictBody} from '../serving/predict.js';
import type {Settings} from '../settings.js';
import {findStaged, takeInventory} from './check/inventory.js';
import {checkOps} from './check/ops.js';
import {readRecords, type Records} from './check/records.js';
import {DEFAULT_SIGNATURE, checkSignature} from './check/signature.js';
import {DeployFailure, STAGE_AGAIN, explainDiskError} from './failure.js';
import {replayInChild} from './replay/replay.js';

/** What the steps of a deployment need, besides the deployment. */
export interface StepContext {
  readonly settings: Settings;
  readonly serving: ServingClient;
  /** Null when the worker may not tell the server which version answers. */
  readonly control: ServingControl | null;
  readonly log: Log;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** The last moment before clients can notice the deployment: it cancels one that is not wanted, by throwing. */
  readonly mayPublish: () => Promise<void>;
  /** Told of each step as it is done; tests end the process there. */
  readonly reached: (step: string) => void;
}

export interface CheckedModel extends Records {
  readonly dir: string;
}

type Request = Pick<StagedJob, 'model' | 'staged' | 'requestedAt' | 'requestedBy'> & {readonly id: string};

const MAX_FILES = 10_000;
const POLL_MS = 200;

/** Nothing of the model is run before its files, its records and its operations are known to be good. */
export async function check(request: Request, context: StepContext): Promise<CheckedModel> {
  const {settings, log, signal, reached} = context;
  const dir = await findStaged(settings.stagingDir, request.staged);
  const files = await takeInventory(dir, {maxBytes: settings.maxModelBytes, maxFiles: MAX_FILES});
  const records = await readRecords(dir, request.model);
  await checkOps(dir);
  const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
  log(
    'info',
    `Checked ${files.size} files (${formatBytes(bytes)}): complete, unchanged, and of known operations only.`,
  );
  reached('checked');
  const {signatures, report} = await replayInChild(dir, settings.replayTimeoutMs, signal);
  checkSignature(records.contract, signatures);
  log(
    'info',
    `Replayed ${report.samples} golden samples; the largest difference is ${report.largestDifference.toPrecision(2)}.`,
  );
  reached('replayed');
  return {dir, ...records};
}

export async function publishVersion(request: Request, model: CheckedModel, context: StepContext): Promise<number> {
  const {id, requestedAt, requestedBy} = request;
  try {
    const version = await publish({
      modelsDir: context.settings.modelsDir,
      model: request.model,
      stagedDir: model.dir,
      checksums: model.checksums,
      lineage: model.lineage,
      deployment: {id, requestedAt, requestedBy},
      now: context.now,
      mayPublish: context.mayPublish,
      onStep: context.reached,
    });
    context.log('info', `Published as version ${version}.`);
    return version;
  } catch (error) {
    if (error instanceof ChangedSinceCheck) throw new DeployFailure(error.message, STAGE_AGAIN);
    throw explainDiskError(error);
  }
}

/** Waits until the server says AVAILABLE. @throws DeployFailure when it says otherwise, or nothing in time. */
export async function awaitLoaded(model: string, version: number, context: StepContext): Promise<void> {
  const {serving, settings, log, signal} = context;
  const deadline = Date.now() + settings.loadTimeoutMs;
  let last = '';
  for (;;) {
    let seen: string;
    try {
      const loading = judgeLoading(await serving.versions(model), version);
      if (loading.outcome === 'available') return;
      if (loading.outcome === 'failed') throw loadFailed(version, loading.message);
      if (loading.outcome === 'superseded') throw superseded(version, loading.by);
      seen = `the server says "${loading.state}"`;
    } catch (error) {
      if (!(error instanceof ServingUnreachable)) throw error;
      seen = error.message;
      if (seen !== last) log('warning', `Waiting for the server: ${seen}.`);
    }
    last = seen;
    if (Date.now() > deadline) throw notInTime(version, settings.loadTimeoutMs, last);
    await sleep(POLL_MS, undefined, {signal});
  }
}

/**
 * Asks a version for a golden sample, as a client would; one that was copied in by hand may have none.
 * @returns where clients call the model.
 */
export async function verify(
  model: string,
  version: number,
  {contract, golden}: {readonly contract: ModelContract | null; readonly golden: GoldenSamples | null},
  context: StepContext,
): Promise<{url: string; curl: string}> {
  const {serving, log} = context;
  const sample = golden?.samples.find(each => each.signature === DEFAULT_SIGNATURE) ?? golden?.samples[0];
  if (!golden || !sample) {
    log('warning', `Not asked over REST: version ${version} came without golden samples.`);
  } else if (!canAsk(sample)) {
    log('warning', "Not asked over REST: the model's tensors are of a type that JSON requests cannot carry.");
  } else {
    const {status, body} = await serving.predict(model, version, predictBody(sample));
    // The server's machine may have a GPU.
    const tolerance = toleranceOfGpus(golden.tolerance);
    const wrong = status === 200 ? judgeAnswer(sample, body, tolerance) : `${status} ${body.slice(0, 500)}`;
    if (wrong) throw answersWrong(version, wrong);
    log('info', `Asked version ${version} over REST: it answers as in the notebook.`);
  }
  return endpointOf(serving.url, model, contract);
}

function loadFailed(version: number, message: string): DeployFailure {
  return new DeployFailure(
    `The server could not load version ${version}: ${message}`,
    "The version that was live stays live. See the server's log; mend the model and click Deploy again.",
  );
}

function superseded(version: number, by: number): DeployFailure {
  return new DeployFailure(
    `Version ${version} was published, but version ${by} took its place before it went live.`,
    `Nothing has to be done: version ${by} answers.`,
  );
}

function notInTime(version: number, timeoutMs: number, seen: string): DeployFailure {
  return new DeployFailure(
    `Version ${version} is published, but was not live after ${timeoutMs / 1000} s: ${seen}.`,
    'See that the server runs and reads INGOT_MODELS_DIR. It will load the version by itself; then try again to verify it.',
  );
}

function answersWrong(version: number, what: string): DeployFailure {
  return new DeployFailure(
    `Version ${version} does not answer over REST as in the notebook: ${what}`,
    "Go back to the version before it, and see the server's log.",
  );
}

function formatBytes(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
