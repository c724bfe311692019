import {StatusError, invalidArgument} from '../status/status.js';
import {parseTimeout} from './grpc-timeout.js';
import {within} from './within.js';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The headers that say how long a client waits: gRPC's own, which gateways from HTTP to gRPC take from HTTP clients, too
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), and the one in which Envoy, and so Istio, tells what is left.
 */
const GRPC = 'grpc-timeout';
const ENVOY = 'x-envoy-expected-rq-timeout-ms';

interface Asked {
  readonly ms: number;
  /** How the client put it. */
  readonly words: string;
}

/** What a client's headers say of its patience; null when they say nothing. @throws StatusError INVALID_ARGUMENT */
function askedOf(headers: Headers): Asked | null {
  const grpc = headers[GRPC];
  const envoy = headers[ENVOY];
  if (grpc === undefined && envoy === undefined) return null;
  const both = [
    grpc === undefined ? [] : grpcTimeout(String(grpc)),
    envoy === undefined ? [] : milliseconds(String(envoy)),
  ];
  return both.flat().reduce((least, each) => (each.ms < least.ms ? each : least));
}

function grpcTimeout(text: string): Asked {
  const ms = parseTimeout(text.trim());
  if (ms === null) {
    throw invalidArgument(
      `The header ${GRPC} is "${text}"; it must be up to 8 digits and one of H M S m u n, such as 500m`,
    );
  }
  return {ms, words: `${GRPC}: ${text}`};
}

function milliseconds(text: string): Asked {
  if (!/^\d{1,12}$/.test(text.trim())) {
    throw invalidArgument(`The header ${ENVOY} is "${text}"; it must be a whole number of milliseconds`);
  }
  return {ms: Number(text), words: `${ENVOY}: ${text}`};
}

/** Codes of errors that may mean nothing but that the time ran out. */
const LATE: ReadonlySet<string> = new Set(['DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED', 'UNAVAILABLE']);

/** Until when a REST request is worth an answer. */
export class Deadline {
  private constructor(
    private readonly at: number,
    private readonly asked: Asked | null,
  ) {}

  /**
   * What the client waits for, from the arrival of its request's head, but no longer than the server's own limit from now on.
   * @throws StatusError INVALID_ARGUMENT when a header of the client's makes no sense
   */
  static of(headers: Headers, arrivedAt: number, limitMs: number): Deadline {
    const limit = performance.now() + limitMs;
    const asked = askedOf(headers);
    if (asked === null || arrivedAt + asked.ms >= limit) return new Deadline(limit, null);
    return new Deadline(arrivedAt + asked.ms, asked);
  }

  /** In ms. @throws StatusError DEADLINE_EXCEEDED when nothing is left */
  get leftMs(): number {
    const left = this.at - performance.now();
    if (left <= 0) throw this.late();
    return left;
  }

  /** The work, or DEADLINE_EXCEEDED when that does not end in time; what is there already costs nothing. */
  within<T>(work: T | Promise<T>): T | Promise<T> {
    if (!(work instanceof Promise)) return work;
    return within(work, {deadlineMs: this.leftMs}, () => this.late());
  }

  /** The error of a request, or what the client is told in its stead when its own time ran out. */
  explain(error: StatusError): StatusError {
    const over = this.asked !== null && LATE.has(error.code) && performance.now() >= this.at - TIMER_SLACK_MS;
    return over ? this.late() : error;
  }

  private late(): StatusError {
    const {asked} = this;
    const limit = asked === null ? 'its time limit' : `the time that the client gave it (${asked.words})`;
    return new StatusError('DEADLINE_EXCEEDED', `The request was not answered within ${limit}`);
  }
}

/** A timer may go off that much before its time. */
const TIMER_SLACK_MS = 1;
