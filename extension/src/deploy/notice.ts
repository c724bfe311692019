import {Clipboard, Notification} from '@jupyterlab/apputils';
import type {TranslationBundle} from '@jupyterlab/translation';
import type {DeployNotice} from './manager.js';
import {titleOf} from './progress.js';

export interface NoticeOptions {
  readonly trans: TranslationBundle;
  readonly showPanel: () => void;
  /** Called with what a person who looks elsewhere should hear. */
  readonly onEnd: (title: string, body: string) => void;
  readonly manager?: Pick<typeof Notification.manager, 'notify' | 'update' | 'has' | 'dismiss'>;
}

/** A deployment as one JupyterLab notification that changes as it goes on. */
export function createNotice({trans, showPanel, onEnd, manager = Notification.manager}: NoticeOptions): DeployNotice {
  let id: string | null = null;

  /** A notification that the person closed stays closed until the end. */
  function show(
    message: string,
    type: Notification.TypeOptions,
    options: Notification.IOptions<null>,
    final: boolean,
  ): void {
    if (id === null || (final && !manager.has(id))) id = manager.notify(message, type, {autoClose: false, ...options});
    // The manager keeps options that are not named: those of the stage before must not stay.
    else manager.update({id, message, type, autoClose: false, ...options});
  }

  const details: Notification.IAction = {
    label: trans.__('Details'),
    caption: trans.__('Show this deployment in the Ingot panel'),
    callback: event => {
      event.preventDefault();
      showPanel();
    },
  };

  return {
    progress({text, fraction}, cancel) {
      const actions = cancel === null ? [details] : [{label: trans.__('Cancel'), callback: cancel}];
      show(text, 'in-progress', {progress: fraction, actions}, false);
    },
    live(deployment) {
      const title = trans.__('%1 is live', titleOf(deployment));
      const url = deployment.endpoint?.url ?? '';
      const curl = deployment.endpoint?.curl;
      const copy: Notification.IAction = {
        label: trans.__('Copy curl'),
        caption: trans.__('Copy a command that asks the model for an answer'),
        displayType: 'accent',
        callback: event => {
          event.preventDefault();
          if (curl !== undefined) Clipboard.copyToSystem(curl);
        },
      };
      show(
        `${title}: ${url}`,
        'success',
        {progress: 1, actions: curl === undefined ? [details] : [copy, details]},
        true,
      );
      onEnd(title, url);
    },
    failed(what, problem, retry) {
      const title = trans.__('Deploying %1 failed', what);
      const again: Notification.IAction = {label: trans.__('Retry'), displayType: 'accent', callback: retry};
      show(fitting(`${title}. ${problem.message}`, problem.remedy), 'error', {actions: [again, details]}, true);
      onEnd(title, problem.message);
    },
    close() {
      if (id !== null) manager.dismiss(id);
    },
  };
}

/** JupyterLab cuts a notification here, in characters. */
const ROOM = 140;

/** Half a remedy helps nobody: the panel has all of it. */
function fitting(text: string, remedy: string): string {
  return text.length + 1 + remedy.length <= ROOM ? `${text} ${remedy}` : text;
}
