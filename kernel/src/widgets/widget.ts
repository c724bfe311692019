import type {MimeBundle} from '../display/seam.js';
import {Model, type ModelKind, type State} from './model.js';

const VIEW = 'application/vnd.jupyter.widget-view+json';

/** A box's place and size, in CSS: `{width: '400px'}`. */
export interface Layout {
  width?: string;
  height?: string;
  min_width?: string;
  max_width?: string;
  margin?: string;
  padding?: string;
  border?: string;
  display?: string;
  flex?: string;
  flex_flow?: string;
  align_items?: string;
  justify_content?: string;
  overflow?: string;
  visibility?: 'visible' | 'hidden';
}

/** What every widget can be given. */
export interface WidgetOptions {
  layout?: Layout;
  /** By ipywidgets' names, e.g. `{description_width: 'initial'}`, `{handle_color: 'gold'}`, `{button_color: 'gold'}`. */
  style?: Readonly<Record<string, string>>;
  /** Shown when the pointer rests on it. */
  tooltip?: string;
}

/** A widget's kind, with the model of its style where it has one. */
export interface WidgetKind extends ModelKind {
  readonly style?: string;
}

/** Something that is shown beneath a cell and that a person can use. */
export class Widget {
  /** For other widgets that hold this one. */
  readonly model: Model;

  constructor(
    private readonly kind: WidgetKind,
    state: State,
    {layout, style, tooltip}: WidgetOptions,
  ) {
    this.model = new Model(kind, {
      ...state,
      tooltip,
      layout: layout && new Model({name: 'Layout', from: 'base'}, {...layout}),
      style: style && kind.style ? new Model({name: kind.style, view: 'Style', viewFrom: 'base'}, style) : undefined,
    });
  }

  /** Takes the widget off every page that shows it. */
  close(): void {
    this.model.close();
  }

  /** What stands in the parentheses of its text. */
  protected summary(): string {
    return '';
  }

  /** How a notebook shows it; without a front end, by its text. */
  [Symbol.for('Jupyter.display')](): MimeBundle {
    const text = {'text/plain': `${this.kind.name}(${this.summary()})`};
    const view = {version_major: 2, version_minor: 0, model_id: this.model.id};
    return this.model.id === '' ? text : {...text, [VIEW]: view};
  }
}

export interface Change<T> {
  readonly value: T;
  readonly old: T;
}

/** How a widget's value stands in its model's state. */
export interface ValueCodec<T> {
  /** The member of the state. */
  readonly name: string;
  readonly read: (stored: unknown) => T;
  readonly write: (value: T) => unknown;
}

/** A widget with a value that a person, or code, changes. */
export class ValueWidget<T> extends Widget {
  readonly #codec: ValueCodec<T>;
  readonly #listeners = new Set<(change: Change<T>) => void | Promise<void>>();

  constructor(kind: WidgetKind, state: State, options: WidgetOptions, codec: ValueCodec<T> = plain()) {
    super(kind, state, options);
    this.#codec = codec;
    this.model.onChange = async before => {
      if (before.has(codec.name)) {
        const change = {value: this.value, old: codec.read(before.get(codec.name))};
        await Promise.all([...this.#listeners].map(listener => listener(change)));
      }
    };
  }

  get value(): T {
    return this.#codec.read(this.model.get(this.#codec.name));
  }

  set value(value: T) {
    // What a listener throws is reported as any late error of the notebook.
    void this.model.set({[this.#codec.name]: this.#codec.write(value)});
  }

  /**
   * Calls the listener whenever the value changes, by hand or by code. What it prints is shown beneath the cell that made
   * the widget.
   * @returns a function that stops it.
   */
  observe(listener: (change: Change<T>) => void | Promise<void>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  protected override summary(): string {
    const description = this.model.get('description');
    const value = `value=${JSON.stringify(this.value)}`;
    return description ? `${value}, description=${JSON.stringify(description)}` : value;
  }
}

function plain<T>(): ValueCodec<T> {
  return {name: 'value', read: stored => stored as T, write: value => value};
}
