import {StatusError, invalidArgument} from '../status/status.js';

/** What clients are told when the model that they ask for is not there. */
export const lifecycleErrors = {
  noServable: (name: string, version?: bigint): StatusError =>
    new StatusError(
      'NOT_FOUND',
      `Servable not found for request: ${version === undefined ? `Latest(${name})` : `Specific(${name}, ${version})`}`,
    ),
  pinnedAway: (name: string, version: bigint): StatusError =>
    new StatusError(
      'NOT_FOUND',
      `Servable not found for request: Specific(${name}, ${version}); the model is pinned to this version, which is not ` +
        'AVAILABLE',
    ),
  lost: (name: string, version: bigint, reason: string): StatusError =>
    new StatusError('UNAVAILABLE', `Version ${version} of model ${name} cannot be loaded again: ${reason}`),
  noLabel: (label: string): StatusError => invalidArgument(`Unrecognized servable version label: ${label}`),
  noVersions: (name: string): StatusError =>
    new StatusError('NOT_FOUND', `Could not find any versions of model ${name}`),
  noVersion: (name: string, version: bigint): StatusError =>
    new StatusError('NOT_FOUND', `Could not find version ${version} of model ${name}`),
  labelUnavailable: (name: string, version: bigint): StatusError =>
    new StatusError(
      'FAILED_PRECONDITION',
      `Request to assign label to version ${version} of model ${name}, which is not currently available for inference`,
    ),
};
