import {bundleOf} from '../../display/bundle.js';
import {displayPort, type MimeBundle} from '../../display/seam.js';

/**
 * A value that knows how it looks. The symbol is the one that other JavaScript kernels look for too, so such a value can
 * also simply be a cell's last expression.
 */
export const RICH: unique symbol = Symbol.for('Jupyter.display') as never;

export interface Rich {
  [RICH](): MimeBundle;
}

/** Shows a table, a tensor, a chart, a report or any value beneath the cell; outside a notebook, its text goes to stdout. */
export function show(value: unknown): void {
  const bundle = bundleOf(value);
  const port = displayPort();
  if (port !== undefined) port.display(bundle);
  else console.log(bundle['text/plain'] ?? '');
}

/** Shows a bundle that later calls replace. Outside a notebook only `settle`'s text is printed. */
export class LiveDisplay {
  static #count = 0;
  readonly #displayId = `ingot-${process.pid}-${++LiveDisplay.#count}`;
  #shown = false;

  update(bundle: MimeBundle): void {
    displayPort()?.display(bundle, {displayId: this.#displayId, update: this.#shown});
    this.#shown = true;
  }

  /** The last state. */
  settle(bundle: MimeBundle): void {
    if (displayPort() !== undefined) this.update(bundle);
    else console.log(bundle['text/plain'] ?? '');
  }
}
