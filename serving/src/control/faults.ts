import type {StatusError} from '../status/status.js';

/**
 * What can go wrong when a model is controlled. Each has a stable code, an HTTP status, a message with the values in it,
 * and what the person who gets it can do. After each of them the model is as it was before.
 */
export class ControlFault extends Error {
  override readonly name = 'ControlFault';

  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly remedy?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const faults = {
  noModel: (name: string) =>
    new ControlFault(
      'no_such_model',
      404,
      `There is no model "${name}".`,
      'GET /admin/models lists those that there are; POST /admin/rescan looks for new ones.',
    ),
  noVersion: (name: string, version: bigint, folder: string) =>
    new ControlFault(
      'no_such_version',
      404,
      `Version ${version} of ${name} is not in ${folder}.`,
      'Publish it first, or name a version that is there.',
    ),
  noVersions: (name: string, folder: string) =>
    new ControlFault('no_such_version', 404, `${name} has no version in ${folder}.`, 'Publish one first.'),
  loadFailed: (name: string, version: bigint, {code, message}: StatusError) =>
    new ControlFault(
      'load_failed',
      409,
      `Version ${version} of ${name} cannot be served: ${code}: ${message}`,
      'Nothing has changed. Mend its files and ask again.',
    ),
  notInTime: (name: string, what: string, ms: number) =>
    new ControlFault(
      'not_in_time',
      504,
      `${name}: ${what} was not done within ${ms} ms.`,
      'GET /admin/models/<name> tells how it went on; ask again, with a longer timeout_ms.',
    ),
  stopping: () => new ControlFault('stopping', 503, 'The server is on its way out.', 'Ask again once it runs again.'),
  unloaded: (name: string) =>
    new ControlFault('model_unloaded', 409, `${name} is unloaded.`, `POST /admin/models/${name}/load first.`),
  needed: (name: string, version: bigint, what: string) =>
    new ControlFault(
      'version_in_use',
      409,
      `Version ${version} of ${name} stays loaded: ${what} needs it.`,
      'Take that away or point it elsewhere first.',
    ),
  labelOfConfig: (name: string, label: string) =>
    new ControlFault(
      'label_of_configuration',
      409,
      `The label "${label}" of ${name} comes from the configuration.`,
      'Remove it there.',
    ),
  tooManyLabels: (name: string, most: number) =>
    new ControlFault('too_many_labels', 409, `${name} has ${most} labels already.`, 'Remove one first.'),
  notKept: (name: string, error: unknown) =>
    new ControlFault(
      'not_kept',
      507,
      `What was asked of ${name} cannot be kept: ${error instanceof Error ? error.message : String(error)}.`,
      'Nothing has changed. Make room in, or give access to, the folder of --state_dir, and ask again.',
      {cause: error},
    ),
} as const;
