/**
 * How library code learns which cell runs and which packages the notebook imports. The kernel puts a `NotebookPort` on
 * `globalThis` under `NOTEBOOK_PORT`.
 */
export const NOTEBOOK_PORT = Symbol.for('ingot.notebook');

/** A cell as it was when it ran. */
export interface CellOrigin {
  /** Its id in the notebook file; null when the front end names none (JupyterLab does, nbclient does not). */
  readonly id: string | null;
  /** SHA-256 of its code. */
  readonly sha256: string;
}

export interface NotebookPort {
  /** The one that the notebook lies in. */
  readonly folder: string;
  /** The cell that runs now, or ran last. */
  cell(): CellOrigin | undefined;
  /** The cell that declared the variable. */
  declaredBy(name: string): CellOrigin | undefined;
  /** The packages that cells, and the files that they import, have imported so far. */
  packages(): readonly string[];
}

/** The kernel's port, or undefined when the code does not run in the kernel. */
export function notebookPort(): NotebookPort | undefined {
  return (globalThis as {[NOTEBOOK_PORT]?: NotebookPort})[NOTEBOOK_PORT];
}
