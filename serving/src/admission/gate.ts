import {createHash, timingSafeEqual} from 'node:crypto';

/** Who may call. */
export interface Gate {
  /** @param path of the request, or of the gRPC method */
  admits(authorization: string | undefined, path: string): boolean;
}

export const OPEN_GATE: Gate = {admits: () => true};

/** What a client is told that may not call. */
export const NOT_ADMITTED = 'This server wants its token: "Authorization: Bearer TOKEN"';

/** Probes have no token, and learn nothing but whether the server answers. */
const FOR_ALL: ReadonlySet<string> = new Set([
  '/livez',
  '/readyz',
  '/healthz',
  '/v2/health/live',
  '/v2/health/ready',
  '/grpc.health.v1.Health/Check',
  '/grpc.health.v1.Health/Watch',
  '/inference.GRPCInferenceService/ServerLive',
  '/inference.GRPCInferenceService/ServerReady',
]);

/** Admits who has the token, as RFC 6750 sends it. */
export function tokenGate(token: string): Gate {
  const wanted = digest(token);
  return {
    admits(authorization = '', path) {
      const [, given] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
      return (given !== undefined && timingSafeEqual(digest(given), wanted)) || FOR_ALL.has(path);
    },
  };
}

/** Digests are of one length, which the comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
