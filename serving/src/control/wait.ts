import {setTimeout as sleep} from 'node:timers/promises';
import type {ManagedModel} from '../lifecycle/managed-model.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {VersionStatus} from '../lifecycle/versions/version-record.js';
import {faults} from './faults.js';

/** Between two looks at a model whose files may still be coming. */
const LOOK_MS = 100;

/** How long somebody is ready to wait. */
export class Patience {
  private readonly end: number;

  constructor(
    readonly ms: number,
    /** Aborted when the server is on its way out. */
    readonly signal: AbortSignal,
  ) {
    this.end = performance.now() + ms;
  }

  get leftMs(): number {
    return this.end - performance.now();
  }
}

/**
 * Looks at a model again and again until `done` says so.
 * @param what that is waited for, for the error
 * @throws ControlFault when patience ends first, or the model is gone
 */
export async function waitFor(
  models: ModelManager,
  name: string,
  what: string,
  patience: Patience,
  done: (versions: readonly VersionStatus[], model: ManagedModel) => boolean,
): Promise<void> {
  for (;;) {
    await models.refresh(name);
    const model = models.model(name);
    if (model === undefined) throw faults.noModel(name);
    if (done(model.statuses, model)) return;
    if (patience.signal.aborted) throw faults.stopping();
    if (patience.leftMs <= 0) throw faults.notInTime(name, what, patience.ms);
    await Promise.race([model.progress(), sleep(Math.min(LOOK_MS, Math.max(1, patience.leftMs)))]);
    // A load that is through may have ended in the very turn of the event loop: let its outcome be written down.
    await sleep(0);
  }
}

/**
 * Waits until a version of a model is AVAILABLE.
 * @throws ControlFault when it is not on disk, cannot be loaded, or takes too long
 */
export function waitForVersion(models: ModelManager, name: string, version: bigint, patience: Patience): Promise<void> {
  return waitFor(models, name, `loading version ${version}`, patience, (versions, {config}) => {
    const found = versions.find(status => status.version === version);
    if (found === undefined) throw faults.noVersion(name, version, config.basePath);
    if (found.state === 'END' && found.error !== null) throw faults.loadFailed(name, version, found.error);
    return found.state === 'AVAILABLE';
  });
}
