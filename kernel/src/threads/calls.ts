import type {MessagePort} from 'node:worker_threads';

type Calls = Record<string, (request: never) => unknown>;
type Request<C extends Calls, M extends keyof C> = Parameters<C[M]>[0];
type Answer<C extends Calls, M extends keyof C> = Awaited<ReturnType<C[M]>>;

interface CallMessage {
  readonly call: number;
  readonly method: string;
  readonly request: unknown;
}

interface AnswerMessage {
  readonly call: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

/** Calls to another thread over a port; answers come in any order. */
export class Caller<C extends Calls> {
  #last = 0;
  readonly #waiting = new Map<number, (answer: AnswerMessage) => void>();

  /** @param onCall hears of each call before it is sent. */
  constructor(
    private readonly port: MessagePort,
    private readonly onCall: (method: keyof C & string) => void = () => undefined,
  ) {
    port.on('message', (answer: AnswerMessage) => {
      const settle = this.#waiting.get(answer.call);
      this.#waiting.delete(answer.call);
      settle?.(answer);
    });
  }

  /** @throws what the other thread's handler threw. */
  call<M extends keyof C & string>(method: M, request: Request<C, M>): Promise<Answer<C, M>> {
    const call = ++this.#last;
    this.onCall(method);
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, answer => {
        if ('error' in answer) {
          reject(answer.error instanceof Error ? answer.error : new Error(String(answer.error)));
        } else {
          resolve(answer.value as Answer<C, M>);
        }
      });
      this.port.postMessage({call, method, request} satisfies CallMessage);
    });
  }
}

/** Answers the calls that arrive at the port, in order. */
export function answerCalls<C extends Calls>(
  port: MessagePort,
  handlers: {[M in keyof C]: (request: Request<C, M>) => Answer<C, M> | Promise<Answer<C, M>>},
  onTaken: (method: keyof C) => void = () => undefined,
): void {
  port.on('message', ({call, method, request}: CallMessage) => {
    onTaken(method);
    const handler = handlers[method as keyof C];
    void Promise.resolve()
      .then(() => handler(request as Request<C, keyof C>))
      .then(
        value => port.postMessage({call, value} satisfies AnswerMessage),
        (error: unknown) => port.postMessage({call, error} satisfies AnswerMessage),
      );
  });
}
