import type {Comm, CommData} from './manager.js';
import {DEPLOYABLES, type DeployablesRegistry, type DeployAnswer, type DeployRequest} from './protocol.js';

const NOTHING_TO_DEPLOY =
  'Train a model, or give one to ingot.deployable({...}), in a cell of this notebook; then click Deploy again.';

/**
 * Serves the Deploy button: lists what can be deployed and stages what is chosen, through the registry that the library
 * leaves on `globalThis`. A notebook that has not imported the library has no models.
 * @param codeSha256 of the cells executed so far.
 */
export function serveDeploy(comm: Comm, codeSha256: () => string | null): void {
  comm.onMessage = async ({data}) => {
    const request = parseRequest(data);
    if (!request) {
      return;
    }
    const answer = (message: DeployAnswer) => comm.send(message as unknown as CommData);
    const registry = (globalThis as {[DEPLOYABLES]?: DeployablesRegistry})[DEPLOYABLES];
    const {id} = request;
    try {
      if (request.type === 'list') {
        answer({type: 'models', id, models: registry?.list() ?? []});
        return;
      }
      const {model, notebook} = request;
      if (!registry) {
        const message = `This notebook has no model named "${model}".`;
        answer({type: 'error', id, message, remedy: NOTHING_TO_DEPLOY});
        return;
      }
      const progress = (text: string, fraction: number) => answer({type: 'progress', id, text, fraction});
      const staged = await registry.stage(model, {notebook, codeSha256: codeSha256(), progress});
      answer({type: 'staged', id, model, staged});
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      answer({type: 'error', id, message, remedy: remedyOf(error)});
    }
  };
}

function parseRequest(data: CommData): DeployRequest | undefined {
  const {type, id, model, notebook} = data;
  if (typeof id !== 'string') {
    return undefined;
  }
  if (type === 'list') {
    return {type, id};
  }
  if (type === 'stage' && typeof model === 'string') {
    return {type, id, model, notebook: typeof notebook === 'string' ? notebook : null};
  }
  return undefined;
}

function remedyOf(error: unknown): string {
  const remedy = (error as {remedy?: unknown} | null)?.remedy;
  return typeof remedy === 'string'
    ? remedy
    : 'Correct the cell that makes the model, run it again, then click Deploy again.';
}
