import {setMaxListeners} from 'node:events';
import type {BodyBudget} from '../admission/body-budget.js';
import type {Gate} from '../admission/gate.js';
import {protoRoot} from '../codec/proto.js';
import type {RequestHead} from '../http2/request-head.js';
import {Http2Server, type ListenAddress} from '../http2/server.js';
import type {Stream, StreamListener} from '../http2/stream.js';
import type {TlsFiles} from '../rest/options.js';
import type {ChannelSettings} from './channel-arguments.js';
import {readCallHead, Refusal} from './protocol/call-head.js';
import type {OnDone, StreamHandler, UnaryHandler} from './protocol/handler.js';
import type {CallHead, CallLimits, Method} from './protocol/method.js';
import {ManyMessagesCall} from './protocol/stream-call.js';
import {UnaryCall} from './protocol/unary-call.js';

export interface GrpcOptions {
  readonly channel: ChannelSettings;
  /** Time within which a message must have arrived once it has begun, in ms. */
  readonly messageTimeoutMs: number;
  readonly budget: BodyBudget;
  readonly gate: Gate;
  /** Told of what goes wrong in the server itself. */
  readonly onFault: (error: unknown) => void;
}

/** A gRPC server of services whose messages go through as bytes: a malformed one is the handler's to refuse. */
export class GrpcServer {
  private readonly methods = new Map<string, Method>();
  private readonly closing = new AbortController();
  private readonly http2: Http2Server;

  constructor(options: GrpcOptions) {
    const {channel} = options;
    const limits: CallLimits = {
      ...channel,
      ...options,
      windowBytes: channel.streamWindowBytes,
      closing: this.closing.signal,
    };
    // One for each call of many messages.
    setMaxListeners(0, this.closing.signal);
    this.http2 = new Http2Server({...channel, onFault: options.onFault, now: () => performance.now()}, () =>
      this.connection(limits, options),
    );
  }

  /**
   * Adds a service of the `.proto` files; methods of it that have no handler are not served.
   * @param onDone for each unary method, who is told of its calls
   */
  addService(
    name: string,
    unary: Readonly<Record<string, UnaryHandler>>,
    streams: Readonly<Record<string, StreamHandler>> = {},
    onDone: (method: string) => OnDone | null = () => null,
  ): void {
    for (const {name: method} of protoRoot.lookupService(name).methodsArray) {
      const [one, many] = [unary[method], streams[method]];
      const path = `/${name}/${method}`;
      if (one !== undefined) this.methods.set(path, {kind: 'unary', handle: one, onDone: onDone(method)});
      else if (many !== undefined) this.methods.set(path, {kind: 'stream', handle: many});
    }
  }

  /** The full names of the services that are served. */
  get services(): string[] {
    return [...new Set([...this.methods.keys()].map(path => path.split('/')[1] as string))];
  }

  /** Opens a door; returns its port, 0 for the path of a unix socket. @throws when it cannot be opened */
  listen(address: ListenAddress | string, tls: TlsFiles | null): Promise<number> {
    if (tls === null) return this.http2.listen(address, null);
    const client = tls.clientCa === undefined ? {} : {ca: tls.clientCa, requestCert: true, rejectUnauthorized: true};
    return this.http2.listen(address, {key: tls.key, cert: tls.cert, ...client});
  }

  /** Takes no more calls, and resolves once those that run are answered. */
  close(): Promise<void> {
    this.closing.abort();
    return this.http2.close();
  }

  /** Who takes the streams of one connection. Clients say the same of each call, so it is read once. */
  private connection(
    limits: CallLimits,
    {channel, gate}: GrpcOptions,
  ): (stream: Stream, head: RequestHead) => StreamListener {
    let lastHead: RequestHead | null = null;
    let lastCall: CallHead | Refusal | null = null;
    return (stream, head) => {
      if (lastCall === null || head !== lastHead) {
        lastCall = readCallHead(head, path => this.methods.get(path), channel.compression, gate);
        lastHead = head;
      }
      if (lastCall instanceof Refusal) {
        stream.respond(lastCall.answer, true);
        return DEAF;
      }
      const {method} = lastCall;
      if (method.kind === 'unary') return new UnaryCall(stream, lastCall, limits, method);
      const call = new ManyMessagesCall(stream, lastCall, limits);
      call.run(method.handle);
      return call;
    };
  }
}

const nothing = (): void => undefined;
/** For a call that is answered before it has begun. */
const DEAF: StreamListener = {data: nothing, end: nothing, aborted: nothing};
