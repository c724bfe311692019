import type {TranslationBundle} from '@jupyterlab/translation';
import {IFrame} from '@jupyterlab/ui-components';
import type {Message} from '@lumino/messaging';
import {PanelLayout, Widget} from '@lumino/widgets';
import {followTrainings} from './auto-reload.js';

export interface TensorBoardOptions {
  /** Where the Jupyter server shows TensorBoard, ending in a slash. */
  readonly url: string;
  readonly trans: TranslationBundle;
  /** Resolves when TensorBoard answers, rejects with why it does not. */
  readonly probe: () => Promise<void>;
}

/** TensorBoard in a frame; a sentence and a button in its place while it does not answer. */
export class TensorBoardView extends Widget {
  constructor(private readonly options: TensorBoardOptions) {
    super();
    this.addClass('ingot-TensorBoard');
    this.layout = new PanelLayout();
  }

  /** Shows the runs of a model (`gold`), one run (`gold/2026-11-21`), or all. */
  async open(runs: string | null): Promise<void> {
    const layout = this.layout as PanelLayout;
    let content: Widget;
    try {
      await this.options.probe();
      content = this.frame(runs);
    } catch (error) {
      content = this.apology(error instanceof Error ? error.message : String(error), runs);
    }
    if (this.isDisposed) return;
    for (const old of [...layout.widgets]) old.dispose();
    layout.addWidget(content);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    (this.node.querySelector<HTMLElement>('iframe, button') ?? this.node).focus();
  }

  private frame(runs: string | null): IFrame {
    const {url, trans} = this.options;
    const frame = new IFrame({
      sandbox: ['allow-scripts', 'allow-same-origin', 'allow-forms', 'allow-downloads', 'allow-popups', 'allow-modals'],
      referrerPolicy: 'same-origin',
    });
    frame.addClass('ingot-TensorBoard-frame');
    frame.node.querySelector('iframe')?.setAttribute('title', trans.__('TensorBoard'));
    followTrainings(window.localStorage);
    frame.url = tensorBoardUrl(url, {runs, dark: isDark()});
    return frame;
  }

  private apology(why: string, runs: string | null): Widget {
    const {trans} = this.options;
    const node = document.createElement('div');
    node.className = 'ingot-TensorBoard-apology';
    node.setAttribute('role', 'alert');
    const text = document.createElement('p');
    text.textContent = `${trans.__('TensorBoard does not answer.')} ${why}`;
    const remedy = document.createElement('p');
    remedy.textContent = trans.__('Start the platform with `npm start`, or look into the log of its TensorBoard.');
    const again = document.createElement('button');
    again.type = 'button';
    again.className = 'jp-mod-styled jp-mod-accept';
    again.textContent = trans.__('Try again');
    again.onclick = () => void this.open(runs);
    node.append(text, remedy, again);
    return new Widget({node});
  }
}

function isDark(): boolean {
  return document.body.dataset['jpThemeLight'] === 'false';
}

/** TensorBoard's own query: `darkMode` and `runFilter`, a regular expression over run names. */
export function tensorBoardUrl(base: string, {runs, dark}: {runs: string | null; dark: boolean}): string {
  const query = new URLSearchParams();
  if (dark) query.set('darkMode', 'true');
  if (runs !== null) query.set('runFilter', `^${runs.replace(/[.+]/g, '\\$&')}(/|$)`);
  const text = query.toString();
  return `${base}${text === '' ? '' : `?${text}`}#timeseries`;
}
