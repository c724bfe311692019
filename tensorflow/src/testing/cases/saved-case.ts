import type {PlainTensor} from '../plain.js';

/** What eager tfjs computed for some inputs of a saved case. */
export interface Answered {
  readonly inputs: Record<string, PlainTensor>;
  readonly outputs: Record<string, PlainTensor>;
}
/** Of one case, what `save.ts` writes and `SavedCases` reads. */
export type SavedCase = {readonly answers: readonly Answered[]} | {readonly error: string};

/** The folder of a case's SavedModel. */
export function folderOf(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9]+/g, '-');
}
