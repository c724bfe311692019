const UNIT_MS: Readonly<Record<string, number>> = {H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6};

/** The value of `grpc-timeout` in ms, as gRPC and REST clients send it (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md); null when it is none. */
export function parseTimeout(text: string): number | null {
  const unit = UNIT_MS[text.at(-1) ?? ''];
  return unit === undefined || !/^\d{1,8}.$/.test(text) ? null : Number(text.slice(0, -1)) * unit;
}
