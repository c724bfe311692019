/** What the kernel adds to the globals of Node.js, for completion and type checks in cells. */

interface IngotDisplayOptions {
  /** Names the display, so that a later call can replace it. */
  displayId?: string;
  /** Replaces the display that has `displayId`. */
  update?: boolean;
  metadata?: Record<string, unknown>;
}

interface IngotDisplay {
  /** Shows a value beneath the cell as its last expression would be: tables, tensors, charts, images. */
  (value: unknown, options?: IngotDisplayOptions): void;
  html(text: string, options?: IngotDisplayOptions): void;
  markdown(text: string, options?: IngotDisplayOptions): void;
  latex(text: string, options?: IngotDisplayOptions): void;
  svg(text: string, options?: IngotDisplayOptions): void;
  javascript(text: string, options?: IngotDisplayOptions): void;
  /** Content by mime type, as Jupyter has it. */
  raw(bundle: Record<string, unknown>, options?: IngotDisplayOptions): void;
  /** Clears what the cell has shown; with `wait`, when the next output arrives. */
  clear(wait?: boolean): void;
}

declare var display: IngotDisplay;

/** Asks the person at the notebook for a line of text, and waits for it. */
declare function prompt(message?: string, preset?: string): string;

/** Asks the person at the notebook a question that is answered by y or n. */
declare function confirm(message?: string): boolean;

/** Prints a message. */
declare function alert(...message: unknown[]): void;
