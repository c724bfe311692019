/**
 * How code that runs in a cell shows things. The kernel puts a `DisplayPort` on `globalThis` under `DISPLAY_PORT`, so that
 * a library needs no import of the kernel and several copies of a package still reach the one kernel.
 */
export const DISPLAY_PORT = Symbol.for('ingot.display');

/** Mime type -> content, as Jupyter's `display_data` has it: text as string, JSON types as objects, binary as base64. */
export type MimeBundle = Readonly<Record<string, unknown>>;

export interface DisplayOptions {
  /** Names the display, so that a later call can replace it. */
  readonly displayId?: string;
  /** Replaces every display that has `displayId` (`update_display_data`) instead of adding one. */
  readonly update?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface DisplayPort {
  /** Shows the bundle beneath the running cell. Never throws because of a slow or absent front end. */
  display(bundle: MimeBundle, options?: DisplayOptions): void;
  /** Clears the running cell's output; with `wait`, only when the next output arrives. */
  clear(wait?: boolean): void;
}

/** The kernel's port, or undefined when the code does not run in the kernel. */
export function displayPort(): DisplayPort | undefined {
  return (globalThis as {[DISPLAY_PORT]?: DisplayPort})[DISPLAY_PORT];
}
