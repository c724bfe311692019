import {randomUUID} from 'node:crypto';
import {bundleOf} from '../display/bundle.js';
import {displayPort} from '../display/seam.js';
import {VBox} from './boxes.js';
import {Dropdown} from './choices.js';
import {Checkbox, Text} from './controls.js';
import {FloatSlider, IntSlider} from './numbers.js';
import {type Change, Widget} from './widget.js';

/** A widget whose value can be read and heard of. */
interface Valued<T> extends Widget {
  readonly value: T;
  observe(listener: (change: Change<T>) => void | Promise<void>): () => void;
}

/** A control, or a short word for one: see `interact`. */
export type Control = number | boolean | string | readonly string[] | Valued<unknown>;

/** The type of what a control gives. */
export type ControlValue<C> =
  C extends Valued<infer T> ? T : C extends number ? number : C extends boolean ? boolean : string;

type Values<C> = {[K in keyof C]: ControlValue<C[K]>};

/**
 * Shows a control for each name and, beneath them, what the function returns for their values; again whenever one is
 * moved. While the function still computes, only the newest values wait.
 *
 * ```ts
 * interact({days: 30, smooth: true, metal: ['gold', 'silver']}, ({days, smooth, metal}) => chart(metal, days, smooth));
 * ```
 *
 * A number becomes a slider around it, a boolean a checkbox, a string a field, several strings a list; any widget of
 * this module stands for itself.
 * @returns a promise of the first showing, which a cell that ends with the call waits for.
 */
export function interact<C extends Readonly<Record<string, Control>>>(
  controls: C,
  show: (values: Values<C>) => unknown,
): Promise<void> {
  const widgets = Object.entries(controls).map(([name, control]) => [name, controlOf(name, control)] as const);
  const values = () => Object.fromEntries(widgets.map(([name, widget]) => [name, widget.value])) as Values<C>;
  const port = displayPort();
  const displayId = `ingot-interact-${randomUUID()}`;
  port?.display(bundleOf(new VBox(widgets.map(([, widget]) => widget))));
  port?.display({'text/plain': ''}, {displayId});
  const refresh = newestOnly(async () => {
    const shown = await show(values());
    port?.display(shown === undefined ? {'text/plain': ''} : bundleOf(shown), {displayId, update: true});
  });
  widgets.forEach(([, widget]) => widget.observe(refresh));
  return refresh();
}

function controlOf(name: string, control: Control): Valued<unknown> {
  const description = name;
  switch (typeof control) {
    case 'number': {
      const [min, max] = around(control);
      return Number.isInteger(control)
        ? new IntSlider({description, value: control, min, max})
        : new FloatSlider({description, value: control, min, max, step: (max - min) / 100});
    }
    case 'boolean':
      return new Checkbox({description, value: control});
    case 'string':
      return new Text({description, value: control});
    default:
      return control instanceof Widget ? control : new Dropdown({description, options: control});
  }
}

/** As ipywidgets chooses them: from -x to 3x, from 0 to 1 for 0. */
function around(value: number): [min: number, max: number] {
  return value === 0 ? [0, 1] : value > 0 ? [-value, 3 * value] : [3 * value, -value];
}

/** Runs the task once at a time; calls meanwhile lead to one more run. */
function newestOnly(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let isAgain = false;
  const run = async () => {
    do {
      isAgain = false;
      await task();
    } while (isAgain);
  };
  return () => {
    isAgain = running !== undefined;
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}
