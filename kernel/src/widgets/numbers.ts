import {type ControlOptions, split} from './options.js';
import {ValueWidget} from './widget.js';

export interface RangeOptions extends ControlOptions {
  min?: number;
  max?: number;
}

export interface SliderOptions extends RangeOptions {
  step?: number;
  orientation?: 'horizontal' | 'vertical';
  /** Whether the value stands beside the slider. */
  readout?: boolean;
  /** In d3's format language, e.g. ".2f". */
  readout_format?: string;
  /** False to hear of a value only when the slider is let go. */
  continuous_update?: boolean;
}

type Value<T> = {value?: T};

class NumberWidget<T> extends ValueWidget<T> {
  constructor(name: string, style: string, options: ControlOptions & Value<T>, defaults: ControlOptions & Value<T>) {
    super({name, style, ...(name.endsWith('Progress') && {view: 'Progress'})}, ...split({...defaults, ...options}));
  }
}

/** Whole numbers from `min` (0) to `max` (100). */
export class IntSlider extends NumberWidget<number> {
  constructor(options: SliderOptions & Value<number> = {}) {
    super('IntSlider', 'SliderStyle', options, {...sliderDefaults(1), value: options.min ?? 0});
  }
}

/** Numbers from `min` (0) to `max` (10), in steps of 0.1 unless told otherwise. */
export class FloatSlider extends NumberWidget<number> {
  constructor(options: SliderOptions & Value<number> = {}) {
    super('FloatSlider', 'SliderStyle', options, {...sliderDefaults(0.1, 10), value: options.min ?? 0});
  }
}

/** Powers of `base` (10), from `base ** min` (0) to `base ** max` (4): a learning rate, say. */
export class FloatLogSlider extends NumberWidget<number> {
  constructor(options: SliderOptions & Value<number> & {base?: number} = {}) {
    super('FloatLogSlider', 'SliderStyle', options, {
      ...sliderDefaults(0.1, 4),
      value: (options.base ?? 10) ** (options.min ?? 0),
    });
  }
}

/** Two whole numbers, `[from, to]`. */
export class IntRangeSlider extends NumberWidget<readonly [number, number]> {
  constructor(options: SliderOptions & Value<readonly [number, number]> = {}) {
    super('IntRangeSlider', 'SliderStyle', options, {...sliderDefaults(1), value: middleHalf(options, 100)});
  }
}

/** Two numbers, `[from, to]`. */
export class FloatRangeSlider extends NumberWidget<readonly [number, number]> {
  constructor(options: SliderOptions & Value<readonly [number, number]> = {}) {
    super('FloatRangeSlider', 'SliderStyle', options, {...sliderDefaults(0.1, 10), value: middleHalf(options, 10)});
  }
}

/** A field for a whole number. */
export class IntText extends NumberWidget<number> {
  constructor(options: ControlOptions & Value<number> = {}) {
    super('IntText', 'DescriptionStyle', options, {value: 0});
  }
}

/** A field for a number. */
export class FloatText extends NumberWidget<number> {
  constructor(options: ControlOptions & Value<number> = {}) {
    super('FloatText', 'DescriptionStyle', options, {value: 0});
  }
}

export interface ProgressOptions extends RangeOptions {
  bar_style?: 'success' | 'info' | 'warning' | 'danger' | '';
}

/** A bar from `min` (0) to `max` (100). */
export class IntProgress extends NumberWidget<number> {
  constructor(options: ProgressOptions & Value<number> = {}) {
    super('IntProgress', 'ProgressStyle', options, {value: 0});
  }
}

/** A bar from `min` (0) to `max` (1 unless given). */
export class FloatProgress extends NumberWidget<number> {
  constructor(options: ProgressOptions & Value<number> = {}) {
    super('FloatProgress', 'ProgressStyle', options, {...UNIT, value: 0});
  }
}

const UNIT: RangeOptions = {max: 1};

function sliderDefaults(step: number, max = 100): SliderOptions {
  return {min: 0, max, step};
}

function middleHalf({min = 0, max}: RangeOptions, usual: number): [number, number] {
  const width = (max ?? usual) - min;
  return [min + width / 4, min + (3 * width) / 4];
}
