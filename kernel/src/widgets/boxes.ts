import {Widget, type WidgetKind, type WidgetOptions} from './widget.js';

/** Widgets together. */
class Container extends Widget {
  #children: readonly Widget[];

  constructor(kind: WidgetKind, children: readonly Widget[], state: Record<string, unknown>, options: WidgetOptions) {
    super(kind, {...state, children: children.map(({model}) => model)}, options);
    this.#children = children;
  }

  get children(): readonly Widget[] {
    return this.#children;
  }

  set children(children: readonly Widget[]) {
    this.#children = children;
    void this.model.set({children: children.map(({model}) => model)});
  }

  protected override summary(): string {
    return `${this.#children.length} children`;
  }
}

/** Side by side. */
export class HBox extends Container {
  constructor(children: readonly Widget[], options: WidgetOptions = {}) {
    super({name: 'HBox'}, children, {}, options);
  }
}

/** One beneath the other. */
export class VBox extends Container {
  constructor(children: readonly Widget[], options: WidgetOptions = {}) {
    super({name: 'VBox'}, children, {}, options);
  }
}

/** Widgets by the title of the page that holds each: `new Tab({Data: table, Model: form})`. */
export class Tab extends Container {
  constructor(pages: Readonly<Record<string, Widget>>, options: WidgetOptions = {}) {
    super({name: 'Tab'}, Object.values(pages), {titles: Object.keys(pages), selected_index: 0}, options);
  }
}

/** Widgets by the title of the fold that holds each. */
export class Accordion extends Container {
  constructor(folds: Readonly<Record<string, Widget>>, options: WidgetOptions = {}) {
    super({name: 'Accordion'}, Object.values(folds), {titles: Object.keys(folds), selected_index: 0}, options);
  }
}
