import {ApiError, type Deployment} from '../deployment.js';
import type {AuditEvent} from '../lineage/audit.js';

/** Writes down who asked for what; a trail that cannot be written does not hold up deployments. */
export type Audit = (event: AuditEvent) => Promise<void>;

/** The error answers of every route. */
export const failures = {'4xx': ApiError, '5xx': ApiError};

export function toEvent(event: AuditEvent['event'], deployment: Deployment, by = deployment.requestedBy): AuditEvent {
  const {id, model, notebook, staged, version} = deployment;
  return {event, deployment: id, model, by, notebook, ...(staged === null ? {version} : {})};
}
