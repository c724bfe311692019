/**
 * What the extension and the kernel say to each other over a Jupyter comm, about deploying.
 * The extension opens a comm with this target; each request carries an `id` that its answers repeat.
 */
export const DEPLOY_COMM_TARGET = 'ingot.deploy';

/** A model that the notebook could deploy now. */
export interface DeployableModel {
  /** The servable's name, e.g. "gold". */
  readonly name: string;
  readonly title: string;
  readonly parameters: number;
  /** e.g. "prices: float32 [?, 60]". */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly simulatedData: boolean;
}

export type DeployRequest =
  | {readonly type: 'list'; readonly id: string}
  | {
      readonly type: 'stage';
      readonly id: string;
      readonly model: string;
      /** The notebook's path, relative to the Jupyter root. */
      readonly notebook: string | null;
    };

export type DeployAnswer =
  | {readonly type: 'models'; readonly id: string; readonly models: readonly DeployableModel[]}
  /** `fraction` is from 0 to 1. */
  | {readonly type: 'progress'; readonly id: string; readonly text: string; readonly fraction: number}
  | {readonly type: 'staged'; readonly id: string; readonly model: string; readonly staged: string}
  | {readonly type: 'error'; readonly id: string; readonly message: string; readonly remedy: string};

/**
 * The library registers itself here (on `globalThis`, under this symbol) when a notebook imports it, so that the kernel
 * can serve the comm without importing TensorFlow itself.
 */
export const DEPLOYABLES = Symbol.for('ingot.deployables');

export interface DeployablesRegistry {
  list(): readonly DeployableModel[];
  /**
   * Captures and writes the named model into the staging folder.
   * @returns the staged model's id.
   * @throws an Error whose message is for the person who clicked Deploy.
   */
  stage(
    model: string,
    context: {
      readonly notebook: string | null;
      /** SHA-256 over the code of the cells executed so far, in order. */
      readonly codeSha256: string | null;
      readonly progress: (text: string, fraction: number) => void;
    },
  ): Promise<string>;
}
