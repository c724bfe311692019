import inspector from 'node:inspector';

export type Parameters = Readonly<Record<string, unknown>>;

/** V8's inspector of the main thread, spoken to from another thread: it answers while user code is paused. */
export class Inspection {
  readonly #session = new inspector.Session();

  constructor(onEvent: (method: string, params: Parameters) => void) {
    this.#session.connectToMainThread();
    this.#session.on('inspectorNotification', (message: {method: string; params: object}) =>
      onEvent(message.method, message.params as Parameters),
    );
  }

  /** @throws what V8 answers, e.g. that nothing is paused. */
  post<T = Parameters>(method: string, params: Parameters = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, params, (error: (Error & {readonly code?: unknown}) | null, result?: object) => {
        if (error) {
          reject(new Error(`${method}: ${error.message}`));
        } else {
          resolve(result as T);
        }
      });
    });
  }

  close(): void {
    this.#session.disconnect();
  }
}

export interface RemoteObject {
  readonly type: string;
  readonly subtype?: string;
  readonly value?: unknown;
  readonly description?: string;
  readonly objectId?: string;
}

export interface CallFrame {
  readonly callFrameId: string;
  readonly functionName: string;
  readonly location: {readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number};
  readonly scopeChain: readonly {readonly type: string; readonly name?: string; readonly object: RemoteObject}[];
}

export function preview({type, subtype, value, description}: RemoteObject): string {
  if (type === 'string') {
    return JSON.stringify(value);
  }
  return description ?? (subtype === 'null' ? 'null' : String(value));
}
