/**
 * Controls beneath a cell, as ipywidgets has them and drawn by it: `import {interact, IntSlider} from 'ingot/widgets'`.
 * The last expression of a cell, or `display(widget)`, shows one; `widget.value` reads and sets it; `observe` hears of it.
 */
export {Accordion, HBox, Tab, VBox} from './boxes.js';
export {
  Dropdown,
  RadioButtons,
  Select,
  SelectionSlider,
  SelectMultiple,
  ToggleButtons,
  type ChoiceOptions,
  type Choices,
  type MultipleOptions,
} from './choices.js';
export {
  Button,
  Checkbox,
  ColorPicker,
  DatePicker,
  HTML,
  Label,
  Password,
  Text,
  Textarea,
  ToggleButton,
  type ButtonOptions,
  type LabelOptions,
  type TextOptions,
} from './controls.js';
export {interact, type Control, type ControlValue} from './interact.js';
export {
  FloatLogSlider,
  FloatProgress,
  FloatRangeSlider,
  FloatSlider,
  FloatText,
  IntProgress,
  IntRangeSlider,
  IntSlider,
  IntText,
  type ProgressOptions,
  type RangeOptions,
  type SliderOptions,
} from './numbers.js';
export type {ControlOptions} from './options.js';
export {ValueWidget, Widget, type Change, type Layout, type WidgetOptions} from './widget.js';
