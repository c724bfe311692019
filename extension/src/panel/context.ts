import type {VersionDetails} from '@ingot/deployer/deployment';
import type {TranslationBundle} from '@jupyterlab/translation';
import type {VersionChange} from '../versions/change.js';

/** What the parts of the panel can ask for, and the words they speak in. */
export interface PanelContext {
  readonly trans: TranslationBundle;
  readonly locale: string | undefined;
  readonly now: number;
  readonly copy: (text: string) => void;
  readonly openNotebook: (path: string) => void;
  readonly retry: (deployment: string) => void;
  /** Makes a published version the live one, once the person has agreed. */
  readonly goTo: (change: VersionChange) => void;
  /** Asks the deployer what is recorded of a version. Rejects with a Problem. */
  readonly details: (model: string, version: number) => Promise<VersionDetails>;
  /** Opens TensorBoard, at the runs of a model or at one run when it is named. */
  readonly openTensorBoard: (runs: string | null) => void;
}
