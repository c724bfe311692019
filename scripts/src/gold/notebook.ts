/** The parts of the notebook format 4.5 that running a notebook needs. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

export interface Cell {
  cell_type: 'code' | 'markdown' | 'raw';
  id?: string;
  source: string | string[];
  metadata: Record<string, unknown>;
  outputs?: Output[];
  execution_count?: number | null;
}

/** A cell's output; which fields it has depends on `output_type`. */
export interface Output {
  output_type: string;
  data?: Record<string, unknown>;
  name?: string;
  text?: string | string[];
  ename?: string;
  evalue?: string;
  traceback?: string[];
  transient?: {display_id?: string};
  [other: string]: unknown;
}

export function sourceOf(cell: Cell): string {
  return Array.isArray(cell.source) ? cell.source.join('') : cell.source;
}

/** The last output of a type in a notebook that was run, or null. */
export function lastOutput(notebook: Notebook, mimeType: string): string | null {
  const found = notebook.cells
    .flatMap(cell => cell.outputs ?? [])
    .map(output => output.data?.[mimeType])
    .filter(value => value !== undefined)
    .at(-1);
  if (found === undefined) return null;
  return Array.isArray(found) ? found.join('') : String(found);
}
