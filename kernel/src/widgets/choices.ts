import {type ControlOptions, split} from './options.js';
import {ValueWidget, type ValueCodec} from './widget.js';

/** What can be chosen: the choices themselves, or values by the labels that stand for them. */
export type Choices<T> = readonly T[] | Readonly<Record<string, T>>;

export interface ChoiceOptions<T> extends ControlOptions {
  options: Choices<T>;
  /** The first of the options unless given. */
  value?: T;
}

export interface MultipleOptions<T> extends ControlOptions {
  options: Choices<T>;
  value?: readonly T[];
  /** How many are seen at once. */
  rows?: number;
}

/** One of several. */
class Choice<T> extends ValueWidget<T> {
  constructor(name: string, style: string, {options, value, ...rest}: ChoiceOptions<T>) {
    const {labels, values} = listed(options);
    if (values.length === 0) {
      throw new RangeError(`A ${name} needs at least one option.`);
    }
    const codec: ValueCodec<T> = {
      name: 'index',
      // The index is checked wherever it is set.
      read: index => values[Number(index)] as T,
      write: each => positionOf(values, each),
    };
    const [state, widget] = split(rest);
    const index = value === undefined ? 0 : positionOf(values, value);
    super({name, style}, {...state, _options_labels: labels, index}, widget, codec);
  }
}

/** A list that opens. */
export class Dropdown<T> extends Choice<T> {
  constructor(options: ChoiceOptions<T>) {
    super('Dropdown', 'DescriptionStyle', options);
  }
}

/** A list that stays open. */
export class Select<T> extends Choice<T> {
  constructor(options: ChoiceOptions<T> & {rows?: number}) {
    super('Select', 'DescriptionStyle', options);
  }
}

export class RadioButtons<T> extends Choice<T> {
  constructor(options: ChoiceOptions<T>) {
    super('RadioButtons', 'DescriptionStyle', options);
  }
}

/** Buttons of which one is pressed. */
export class ToggleButtons<T> extends Choice<T> {
  constructor(options: ChoiceOptions<T>) {
    super('ToggleButtons', 'ToggleButtonsStyle', options);
  }
}

/** A slider over a list: dates, sizes. */
export class SelectionSlider<T> extends Choice<T> {
  constructor(options: ChoiceOptions<T> & {continuous_update?: boolean; readout?: boolean}) {
    super('SelectionSlider', 'DescriptionStyle', options);
  }
}

/** Any number of several. */
export class SelectMultiple<T> extends ValueWidget<readonly T[]> {
  constructor({options, value = [], ...rest}: MultipleOptions<T>) {
    const {labels, values} = listed(options);
    const codec: ValueCodec<readonly T[]> = {
      name: 'index',
      read: indices => (indices as readonly number[]).map(index => values[index] as T),
      write: chosen => chosen.map(each => positionOf(values, each)),
    };
    const [state, widget] = split(rest);
    super(
      {name: 'SelectMultiple', style: 'DescriptionStyle'},
      {...state, _options_labels: labels, index: codec.write(value)},
      widget,
      codec,
    );
  }
}

function listed<T>(options: Choices<T>): {labels: string[]; values: T[]} {
  return Array.isArray(options)
    ? {labels: options.map(String), values: [...(options as readonly T[])]}
    : {labels: Object.keys(options), values: Object.values(options as Readonly<Record<string, T>>)};
}

function positionOf<T>(values: readonly T[], value: T): number {
  const index = values.indexOf(value);
  if (index < 0) {
    throw new RangeError(`${String(value)} is none of the options: ${values.map(String).join(', ')}.`);
  }
  return index;
}
