import {setTimeout as sleep} from 'node:timers/promises';
import {ServingUnreachable, type LiveState} from '../serving/client.js';
import {ServingRefused, type ServingControl} from '../serving/control.js';
import {DeployFailure} from './failure.js';
import type {StepContext} from './steps.js';

/** The steps that change which version of a model answers when no new one is published. */

const POLL_MS = 200;
const LOOKS = 10;

/** Has the server load a version, beside what it has. @throws DeployFailure when it cannot, or not in time. */
export async function keepLoaded(model: string, version: number, context: StepContext): Promise<void> {
  const {settings, log, signal} = context;
  const control = controlOf(context);
  const deadline = Date.now() + settings.loadTimeoutMs;
  let last = '';
  for (;;) {
    let seen = 'the server has not found it yet';
    try {
      if (await control.keepLoaded(model, version, deadline - Date.now(), signal)) return;
    } catch (error) {
      if (!(error instanceof ServingUnreachable)) throw explain(error);
      seen = error.message;
      if (seen !== last) log('warning', `Waiting for the server: ${seen}.`);
      last = seen;
    }
    if (Date.now() > deadline) {
      throw new DeployFailure(
        `Version ${version} was not loaded after ${settings.loadTimeoutMs / 1000} s: ${seen}. Nothing was changed.`,
        'See that the server runs and reads INGOT_MODELS_DIR, then try again.',
      );
    }
    await sleep(POLL_MS, undefined, {signal});
  }
}

/** The server need not keep it loaded for us any more: the pin, or its own policy, does. */
export async function letGo(model: string, {control, log}: StepContext): Promise<void> {
  try {
    await control?.letGo(model);
  } catch (error) {
    if (error instanceof ServingRefused && error.code === 'no_such_model') return;
    log('warning', `The server keeps a version loaded for longer than needed: ${(error as Error).message}`);
  }
}

/**
 * Gives a version to requests that name none: the newest by having no pin, another by the pin.
 * @returns the version whose pin was taken away, or null.
 * @throws DeployFailure when the server refuses; ServingUnreachable.
 */
export async function moveTo(
  model: string,
  version: number,
  newest: boolean,
  context: StepContext,
): Promise<number | null> {
  const {serving, settings, signal, log} = context;
  const control = controlOf(context);
  try {
    const {pinned: before} = await serving.live(model);
    const {live} = newest
      ? await control.unpin(model, signal)
      : await control.pin(model, version, settings.loadTimeoutMs, signal);
    if (live !== version) throw answersOther(model, version, live);
    if (!newest) {
      log('info', `Pinned: requests that name no version get version ${version}, until the next deployment.`);
    } else if (before !== null) log('info', `The pin on version ${before} is taken away: the newest version answers.`);
    return newest ? before : null;
  } catch (error) {
    throw explain(error);
  }
}

/**
 * A pin that nobody remembers would make every later Deploy look broken: what is deployed takes it away.
 * @returns the version that was pinned, or null.
 * @throws DeployFailure when the server refuses; ServingUnreachable.
 */
export async function endPin(model: string, version: number, context: StepContext): Promise<number | null> {
  const {control, signal, log} = context;
  const {pinned, live} = await settledLive(model, version, context);
  if (pinned === null) {
    if (live === null || live >= version) return null;
    throw new DeployFailure(
      `Version ${version} is published and loaded, but requests that name no version get version ${live}: somebody divided ` +
        'them by weights on the model server.',
      'Give the version its share there, or take the weights away (docs/control.md), then try again.',
    );
  }
  if (control === null) {
    throw new DeployFailure(
      `Version ${version} is published, but version ${pinned} is pinned and goes on answering; this worker cannot take ` +
        'the pin away, since INGOT_SERVING_TOKEN is not set.',
      'Start the worker with the INGOT_SERVING_TOKEN of the model server, then try again.',
    );
  }
  try {
    const {live} = await control.unpin(model, signal);
    if (live !== null && live < version) throw answersOther(model, version, live);
  } catch (error) {
    throw explain(error);
  }
  log('warning', `Somebody had gone back to version ${pinned}: its pin is taken away, version ${version} answers.`);
  return pinned;
}

/** A version is AVAILABLE a moment before the server tells of it as the live one. @throws ServingUnreachable */
async function settledLive(model: string, version: number, {serving, signal}: StepContext): Promise<LiveState> {
  for (let looks = 1; ; looks++) {
    const state = await serving.live(model);
    if (looks === LOOKS || state.pinned !== null || (state.live ?? 0) >= version) return state;
    await sleep(POLL_MS, undefined, {signal});
  }
}

/** @throws DeployFailure when this worker has none. */
function controlOf({control}: StepContext): ServingControl {
  if (control !== null) return control;
  throw new DeployFailure(
    'This worker cannot tell the model server which version answers: INGOT_SERVING_TOKEN is not set.',
    'Start the worker with the INGOT_SERVING_TOKEN of the model server (`npm start` does), then try again.',
  );
}

function answersOther(model: string, version: number, live: number | null): DeployFailure {
  const what = live === null ? 'no version' : `version ${live}`;
  return new DeployFailure(
    `The server was told to answer with version ${version} of "${model}", and answers with ${what}.`,
    "See the server's log and the version policy of the model, then try again.",
  );
}

function explain(error: unknown): unknown {
  if (!(error instanceof ServingRefused)) return error;
  if (error.code === 'wrong_token') {
    return new DeployFailure(
      'The model server does not know the token of this worker.',
      'Start both with the same INGOT_SERVING_TOKEN, then try again.',
    );
  }
  return new DeployFailure(
    `The model server refused: ${error.message}`,
    error.remedy || "See the server's log, then try again.",
  );
}
