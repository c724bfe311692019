import type {Log} from '../log.js';
import type {AuditEvent, AuditTrail} from './audit.js';

/** A trail that cannot be written is told in the log, and holds up no deployment. */
export function tolerantAudit(trail: AuditTrail, log: Log): (event: AuditEvent) => Promise<void> {
  return async event => {
    try {
      await trail.append(event);
    } catch (error) {
      log('error', `The audit trail could not be written (${String(error)}): ${JSON.stringify(event)}`);
    }
  };
}
