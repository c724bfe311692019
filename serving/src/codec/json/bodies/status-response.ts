import type {VersionStatus} from '../../../lifecycle/versions/version-record.js';
import {protoJson} from './metadata-response.js';

/** One version as status answers show it. */
export function statusJson({version, state, error}: VersionStatus): object {
  return {
    version: String(version),
    state,
    status: {error_code: error?.code ?? 'OK', error_message: error?.message ?? ''},
  };
}

/** The body of GET /v1/models/M. */
export function writeStatusResponse(statuses: readonly VersionStatus[]): Buffer {
  return protoJson({model_version_status: statuses.map(statusJson)});
}
