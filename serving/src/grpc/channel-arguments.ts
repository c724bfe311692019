import type {Http2Options} from '../http2/server.js';
import {invalidArgument} from '../status/status.js';
import type {Encoding} from './protocol/compression.js';

/** What gRPC's arguments of a server can change here. */
export interface ChannelSettings extends Omit<Http2Options, 'onFault' | 'now'> {
  readonly maxReceiveBytes: number;
  readonly maxSendBytes: number;
  /** How answers are compressed for clients that can read it. */
  readonly compression: Encoding;
}

/** The largest message that there can be: a signed 32-bit length, as the original has it. */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

const DEFAULTS: ChannelSettings = {
  maxConcurrentStreams: 1024,
  maxHeaderListBytes: 64 * 1024,
  streamWindowBytes: 256 * 1024,
  maxReceiveBytes: MAX_MESSAGE_BYTES,
  maxSendBytes: MAX_MESSAGE_BYTES,
  compression: 'identity',
  handshakeMs: 20_000,
  maxIdleMs: Infinity,
  maxAgeMs: Infinity,
  maxAgeGraceMs: Infinity,
  // A client whose machine is gone says nothing more; gRPC's own servers look after two hours.
  keepaliveMs: 7_200_000,
  keepaliveTimeoutMs: 20_000,
};

type Key = keyof ChannelSettings;
/** From this on a time is never, as with gRPC's INT_MAX. */
const NEVER_MS = 2 ** 31 - 1;
/** gRPC's enumeration of algorithms. */
const ALGORITHMS: readonly Encoding[] = ['identity', 'deflate', 'gzip'];

const count = (key: Key, least: number, most: number) => ({key, least, most, of: (value: number) => value});
const bytes = (key: Key) => ({
  key,
  least: -1,
  most: MAX_MESSAGE_BYTES,
  of: (v: number) => (v < 0 ? MAX_MESSAGE_BYTES : v),
});
const time = (key: Key) => ({
  key,
  least: -1,
  most: Infinity,
  of: (v: number) => (v < 0 || v >= NEVER_MS ? Infinity : v),
});

/** gRPC's names (https://grpc.github.io/grpc/core/group__grpc__arg__keys.html), and grpc-js's for the window. */
const ARGUMENTS: Readonly<
  Record<string, {key: Key; least: number; most: number; of: (value: number) => ChannelSettings[Key]}>
> = {
  'grpc.max_concurrent_streams': count('maxConcurrentStreams', 1, MAX_MESSAGE_BYTES),
  'grpc.max_metadata_size': count('maxHeaderListBytes', 256, 16 * 1024 * 1024),
  'grpc.absolute_max_metadata_size': count('maxHeaderListBytes', 256, 16 * 1024 * 1024),
  'grpc.http2.lookahead_bytes': count('streamWindowBytes', 1024, MAX_MESSAGE_BYTES),
  'grpc-node.flow_control_window': count('streamWindowBytes', 1024, MAX_MESSAGE_BYTES),
  'grpc.max_message_length': bytes('maxReceiveBytes'),
  'grpc.max_receive_message_length': bytes('maxReceiveBytes'),
  'grpc.max_send_message_length': bytes('maxSendBytes'),
  'grpc.default_compression_algorithm': {
    key: 'compression',
    least: 0,
    most: ALGORITHMS.length - 1,
    of: value => ALGORITHMS[value] ?? 'identity',
  },
  'grpc.server_handshake_timeout_ms': time('handshakeMs'),
  'grpc.max_connection_idle_ms': time('maxIdleMs'),
  'grpc.max_connection_age_ms': time('maxAgeMs'),
  'grpc.max_connection_age_grace_ms': time('maxAgeGraceMs'),
  'grpc.keepalive_time_ms': time('keepaliveMs'),
  'grpc.keepalive_timeout_ms': time('keepaliveTimeoutMs'),
};

/**
 * @param maxMessageBytes largest message both ways; 0 for the largest that there can be
 * @param onIgnored told of arguments that change nothing here
 * @throws StatusError INVALID_ARGUMENT for a value that an argument cannot have
 */
export function channelSettings(
  maxMessageBytes: number,
  given: Readonly<Record<string, string | number>>,
  onIgnored: (name: string) => void = () => undefined,
): ChannelSettings {
  const limit = maxMessageBytes > 0 ? Math.min(maxMessageBytes, MAX_MESSAGE_BYTES) : MAX_MESSAGE_BYTES;
  const settings: Record<string, ChannelSettings[Key]> = {...DEFAULTS, maxReceiveBytes: limit, maxSendBytes: limit};
  for (const [name, value] of Object.entries(given)) {
    const argument = Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name] : undefined;
    if (argument === undefined) {
      onIgnored(name);
      continue;
    }
    const {key, least, most, of} = argument;
    if (typeof value !== 'number' || value < least || value > most) {
      throw invalidArgument(
        `--grpc_channel_arguments: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
      );
    }
    settings[key] = of(value);
  }
  return settings as unknown as ChannelSettings;
}
