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
  readonly preview?: ObjectPreview;
}

interface ObjectPreview {
  readonly overflow: boolean;
  readonly properties: readonly {readonly name: string; readonly type: string; readonly value?: string}[];
}

export interface CallFrame {
  readonly callFrameId: string;
  readonly functionName: string;
  readonly location: {readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number};
  readonly scopeChain: readonly {readonly type: string; readonly name?: string; readonly object: RemoteObject}[];
}

/** One line that says what a value is: `42`, `"gold"`, `Array(3) [1, 2, 3]`, `Price {usd: 40}`. */
export function preview({type, subtype, value, description, preview: inside}: RemoteObject): string {
  if (type === 'string') {
    return JSON.stringify(value);
  }
  const text = description ?? (subtype === 'null' ? 'null' : String(value));
  if (type === 'function' || !inside || inside.properties.length === 0) {
    return text.split('\n', 1)[0] ?? '';
  }
  const members = inside.properties.map(each => {
    const shown = each.type === 'string' ? JSON.stringify(each.value) : (each.value ?? each.type);
    return subtype === 'array' || subtype === 'typedarray' ? shown : `${each.name}: ${shown}`;
  });
  const all = [...members, ...(inside.overflow ? ['…'] : [])].join(', ');
  return subtype === 'array' || subtype === 'typedarray' ? `${text} [${all}]` : `${text} {${all}}`;
}
