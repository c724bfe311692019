import {type ControlOptions, split} from './options.js';
import {ValueWidget, Widget, type ValueCodec, type WidgetOptions} from './widget.js';

type Value<T> = {value?: T};

export class Checkbox extends ValueWidget<boolean> {
  constructor(options: ControlOptions & Value<boolean> & {indent?: boolean} = {}) {
    super({name: 'Checkbox', style: 'CheckboxStyle'}, ...split({value: false, ...options}));
  }
}

export interface ButtonOptions extends ControlOptions {
  button_style?: 'primary' | 'success' | 'info' | 'warning' | 'danger' | '';
  /** A Font Awesome name, e.g. "check". */
  icon?: string;
}

/** A button that stays pressed. */
export class ToggleButton extends ValueWidget<boolean> {
  constructor(options: ButtonOptions & Value<boolean> = {}) {
    super({name: 'ToggleButton', style: 'ToggleButtonStyle'}, ...split({value: false, ...options}));
  }
}

/** `description` is what stands on it. */
export class Button extends Widget {
  readonly #listeners = new Set<() => void | Promise<void>>();

  constructor(options: ButtonOptions = {}) {
    super({name: 'Button', style: 'ButtonStyle'}, ...split(options));
    this.model.onCustom = async ({event}) => {
      if (event === 'click') {
        await Promise.all([...this.#listeners].map(listener => listener()));
      }
    };
  }

  /**
   * What the listener prints is shown beneath the cell that made the button.
   * @returns a function that stops it.
   */
  onClick(listener: () => void | Promise<void>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  protected override summary(): string {
    return `description=${JSON.stringify(this.model.get('description') ?? '')}`;
  }
}

export interface TextOptions extends ControlOptions {
  value?: string;
  placeholder?: string;
  /** False to hear of the text only at Enter or when the field is left. */
  continuous_update?: boolean;
}

export class Text extends ValueWidget<string> {
  constructor(options: TextOptions = {}) {
    super({name: 'Text', style: 'TextStyle'}, ...split({value: '', ...options}));
  }
}

/** Several lines. */
export class Textarea extends ValueWidget<string> {
  constructor(options: TextOptions & {rows?: number} = {}) {
    super({name: 'Textarea', style: 'TextStyle'}, ...split({value: '', ...options}));
  }
}

/** A text that is not shown, and not kept in the saved notebook. */
export class Password extends ValueWidget<string> {
  constructor(options: TextOptions = {}) {
    super({name: 'Password', style: 'TextStyle'}, ...split({value: '', ...options}));
  }

  protected override summary(): string {
    return '';
  }
}

export class ColorPicker extends ValueWidget<string> {
  constructor(options: ControlOptions & {value?: string; concise?: boolean} = {}) {
    super({name: 'ColorPicker', style: 'DescriptionStyle'}, ...split({value: '#000000', ...options}));
  }
}

/** A day, at midnight UTC; null while none is chosen. */
export class DatePicker extends ValueWidget<Date | null> {
  constructor({value = null, ...options}: ControlOptions & {value?: Date | null} = {}) {
    const [state, widget] = split(options);
    super({name: 'DatePicker', style: 'DescriptionStyle'}, {...state, value: DAY.write(value)}, widget, DAY);
  }
}

/** ipywidgets counts months from 0, as JavaScript does. */
const DAY: ValueCodec<Date | null> = {
  name: 'value',
  read: stored => {
    const day = stored as {year: number; month: number; date: number} | null;
    return day && new Date(Date.UTC(day.year, day.month, day.date));
  },
  write: day => day && {year: day.getUTCFullYear(), month: day.getUTCMonth(), date: day.getUTCDate()},
};

export interface LabelOptions extends WidgetOptions {
  value?: string;
}

/** Text; `$…$` in it is set as mathematics. */
export class Label extends ValueWidget<string> {
  constructor(options: LabelOptions = {}) {
    super({name: 'Label', style: 'LabelStyle'}, ...split({value: '', ...options}));
  }
}

/** HTML that code can change. */
export class HTML extends ValueWidget<string> {
  constructor(options: LabelOptions & {description?: string} = {}) {
    super({name: 'HTML', style: 'HTMLStyle'}, ...split({value: '', ...options}));
  }
}
