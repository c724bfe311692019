/** What the kernel adds to the globals of Node.js, for completion and type checks in cells. */

/** Shows a value beneath the cell as its last expression would be: tables, tensors, charts, images, HTML. */
declare function display(
  value: unknown,
  options?: {
    /** Names the display, so that a later call can replace it. */
    displayId?: string;
    /** Replaces the display that has `displayId`. */
    update?: boolean;
    metadata?: Record<string, unknown>;
  },
): void;

/** Asks the person at the notebook for a line of text, and waits for it. */
declare function prompt(message?: string, preset?: string): string;

/** Asks the person at the notebook a question that is answered by y or n. */
declare function confirm(message?: string): boolean;

/** Prints a message. */
declare function alert(...message: unknown[]): void;
