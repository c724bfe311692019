import type {WidgetOptions} from './widget.js';

/** What every control with a label can be given. */
export interface ControlOptions extends WidgetOptions {
  /** Stands before it. */
  description?: string;
  disabled?: boolean;
}

/** Splits off what belongs to every widget and not to its model's own state. */
export function split<O extends WidgetOptions>(options: O): [state: Record<string, unknown>, widget: WidgetOptions] {
  const {layout, style, tooltip, ...state} = options;
  return [state, {...(layout && {layout}), ...(style && {style}), ...(tooltip !== undefined && {tooltip})}];
}
