import type {BodyBudget} from '../admission/body-budget.js';
import type {Gate} from '../admission/gate.js';

export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
  /** When given, clients must show a certificate that it signed. */
  readonly clientCa?: string;
}

export interface HttpOptions {
  readonly maxBodyBytes: number;
  /** A request must be complete within this time. */
  readonly requestTimeoutMs: number;
  readonly tls: TlsFiles | null;
  readonly gate: Gate;
  /** What the bodies of all requests may take. */
  readonly budget: BodyBudget;
}
