import {bundleOf} from './bundle.js';
import type {DisplayOptions, DisplayPort, MimeBundle} from './seam.js';

/** The `display` of cells: shows a value by its kind, or text as what its author says it is. */
export function displayFunction(port: DisplayPort) {
  const as = (mime: string) => (text: string, options?: DisplayOptions) =>
    port.display({'text/plain': text, [mime]: text}, options);
  return Object.assign((value: unknown, options?: DisplayOptions) => port.display(bundleOf(value), options), {
    html: as('text/html'),
    markdown: as('text/markdown'),
    latex: as('text/latex'),
    svg: as('image/svg+xml'),
    javascript: as('application/javascript'),
    /** Content by mime type, as Jupyter has it. */
    raw: (bundle: MimeBundle, options?: DisplayOptions) => port.display(bundle, options),
    /** Clears what the cell has shown; with `wait`, when the next output arrives. */
    clear: (wait?: boolean) => port.clear(wait),
  });
}
