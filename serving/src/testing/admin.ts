import {join} from 'node:path';
import type {ModelState} from '../control/model-state.js';
import {ready, startServerWith, type RunningServer} from './server.js';
import type {TestVolume} from './volume.js';

export const TOKEN = 'a token for the tests';

/** Starts a server with the admin API. */
export function startAdministered(stateDir: string, ...flags: string[]): Promise<RunningServer> {
  return startServerWith({INGOT_SERVING_TOKEN: TOKEN}, '--admin_port=-1', `--state_dir=${stateDir}`, ...flags);
}

/** Starts one over a volume, which keeps its state, too, and waits until its models answer. */
export async function startOver(volume: TestVolume, ...flags: string[]): Promise<RunningServer> {
  const server = await startAdministered(join(volume.root, '.state'), `--model_root=${volume.root}`, ...flags);
  await ready(server);
  return server;
}

export interface AdminAnswer {
  readonly status: number;
  /** Of an answer that is 200. */
  readonly model: ModelState;
  /** Of one that is not. */
  readonly error: {readonly code: string; readonly message: string};
}

/** Sends an order, e.g. `PUT models/half/pin`. */
export async function order(
  {adminUrl}: RunningServer,
  what: string,
  body: object = {},
  headers: Record<string, string> = {},
): Promise<AdminAnswer> {
  const [method = '', path = ''] = what.split(' ');
  const response = await fetch(`${adminUrl}/admin/${path}`, {
    method,
    headers: {'x-ingot-token': TOKEN, 'content-type': 'application/json', ...headers},
    ...(method !== 'GET' && {body: JSON.stringify(body)}),
  });
  const json = (await response.json()) as ModelState & {error: AdminAnswer['error']};
  return {status: response.status, model: json, error: json.error};
}
