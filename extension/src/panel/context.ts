import type {TranslationBundle} from '@jupyterlab/translation';

/** What the parts of the panel can ask for, and the words they speak in. */
export interface PanelContext {
  readonly trans: TranslationBundle;
  readonly locale: string | undefined;
  readonly now: number;
  readonly copy: (text: string) => void;
  readonly openNotebook: (path: string) => void;
  readonly retry: (deployment: string) => void;
  /** Opens TensorBoard, at the runs of one model when one is named. */
  readonly openTensorBoard: (model: string | null) => void;
}
