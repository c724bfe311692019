import type {Comm, CommData, CommManager} from '../comm/manager.js';
import {commPort} from '../comm/seam.js';

/** ipywidgets' protocol: https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md */
const PROTOCOL = {version: '2.1.0'};
const CONTROL_TARGET = 'jupyter.widget.control';
const MODELS = Symbol.for('ingot.widgets');

export type State = Readonly<Record<string, unknown>>;

/** Which class of ipywidgets draws it. */
export interface ModelKind {
  /** Less the word "Model", e.g. "IntSlider". */
  readonly name: string;
  /** The package of ipywidgets that has it; "controls" unless given. */
  readonly from?: 'base' | 'controls';
  /** Less the word "View"; the name unless given. */
  readonly view?: string;
  /** The package that has the view, where it is another. */
  readonly viewFrom?: 'base' | 'controls';
}

/**
 * One half of an ipywidgets model; the other lives in the front end, and what changes on one side is told to the other.
 * Where there is no front end (a script, a test) it only holds its state.
 */
export class Model {
  /** Called with what was, by name, after members have changed on either side. */
  onChange: (before: ReadonlyMap<string, unknown>) => void | Promise<void> = () => undefined;
  /** Called with what the front end says beside the state, e.g. a click. */
  onCustom: (content: CommData) => void | Promise<void> = () => undefined;
  readonly #state: Record<string, unknown>;
  readonly #comm: Comm | undefined;

  /** @param state by ipywidgets' names; models in it are referred to. What is undefined is left to the front end. */
  constructor({name, from = 'controls', view = name, viewFrom = from}: ModelKind, state: State) {
    this.#state = {
      _model_module: `@jupyter-widgets/${from}`,
      _model_module_version: '2.0.0',
      _model_name: `${name}Model`,
      _view_module: `@jupyter-widgets/${viewFrom}`,
      _view_module_version: '2.0.0',
      _view_name: `${view}View`,
      ...state,
    };
    const port = commPort();
    if (port) {
      this.#comm = port.open('jupyter.widget', message(this.#state), {metadata: PROTOCOL});
      this.#comm.onMessage = ({data}) => this.#receive(data);
      this.#comm.onClose = () => this.#forget();
      openModels(port).set(this.id, this);
    }
  }

  /** By which the front end knows it; empty where there is none. */
  get id(): string {
    return this.#comm?.id ?? '';
  }

  get(name: string): unknown {
    return this.#state[name];
  }

  /** Resolves when those who listen are done. */
  async set(changes: State): Promise<void> {
    const before = this.#change(changes);
    if (before.size > 0) {
      const changed = [...before.keys()].map(name => [name, this.#state[name]]);
      this.#send('update', Object.fromEntries(changed) as State);
      await this.onChange(before);
    }
  }

  close(): void {
    this.#comm?.close();
    this.#forget();
  }

  /** What a page that was opened later needs. */
  description(): CommData {
    const {_model_name: model_name, _model_module: model_module, _model_module_version: version} = this.#state;
    return {model_name, model_module, model_module_version: version, state: serialized(this.#state)};
  }

  /** How another model's state refers to it. */
  toJSON(): string {
    return `IPY_MODEL_${this.id}`;
  }

  async #receive({method, state, content}: CommData): Promise<void> {
    if (method === 'update') {
      const changes = (state ?? {}) as State;
      // Another window that shows the same notebook follows.
      this.#send('echo_update', changes);
      await this.onChange(this.#change(changes));
    } else if (method === 'request_state') {
      this.#send('update', this.#state);
    } else if (method === 'custom') {
      await this.onCustom((content ?? {}) as CommData);
    }
  }

  #send(method: string, state: State): void {
    this.#comm?.send({method, ...message(state)});
  }

  #change(changes: State): Map<string, unknown> {
    const before = new Map<string, unknown>();
    for (const [name, value] of Object.entries(changes)) {
      if (JSON.stringify(this.#state[name]) !== JSON.stringify(value)) {
        before.set(name, this.#state[name]);
        this.#state[name] = value;
      }
    }
    return before;
  }

  #forget(): void {
    (globalThis as ModelsOwner)[MODELS]?.delete(this.id);
  }
}

interface ModelsOwner {
  [MODELS]?: Map<string, Model>;
}

/** All models that the front end may ask for, whichever copy of this module made them. */
function openModels(port: Pick<CommManager, 'register'>): Map<string, Model> {
  const owner = globalThis as ModelsOwner;
  if (!owner[MODELS]) {
    const models = (owner[MODELS] = new Map<string, Model>());
    // A page that is loaded anew asks for all widgets at once.
    port.register(CONTROL_TARGET, comm => {
      comm.onMessage = ({data}) => {
        if (data['method'] === 'request_states') {
          const states = Object.fromEntries([...models].map(([id, model]) => [id, model.description()]));
          comm.send({method: 'update_states', states, buffer_paths: []});
        }
      };
    });
  }
  return owner[MODELS];
}

function message(state: State): CommData {
  return {state: serialized(state), buffer_paths: []};
}

function serialized(state: State): State {
  return JSON.parse(JSON.stringify(state)) as State;
}
