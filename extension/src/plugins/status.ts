import type {JupyterFrontEndPlugin} from '@jupyterlab/application';
import {INotebookTracker} from '@jupyterlab/notebook';
import {IStatusBar} from '@jupyterlab/statusbar';
import {ITranslator, nullTranslator} from '@jupyterlab/translation';
import {StatusItem} from '../status/item.js';
import {statusText} from '../status/text.js';
import {Commands, IDeployer} from '../tokens.js';

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: '@ingot/extension:status',
  description: 'Says in the status bar which version is live.',
  autoStart: true,
  requires: [IDeployer, IStatusBar],
  optional: [INotebookTracker, ITranslator],
  activate: (
    app,
    {state}: IDeployer,
    statusBar: IStatusBar,
    tracker: INotebookTracker | null,
    translator: ITranslator | null,
  ) => {
    const trans = (translator ?? nullTranslator).load('ingot');
    const item = new StatusItem(
      () => statusText(state, tracker?.currentWidget?.context.localPath ?? null, trans),
      trans.__('Show the Ingot panel'),
      () => void app.commands.execute(Commands.showPanel),
    );
    state.changed.connect(item.update, item);
    tracker?.currentChanged.connect(item.update, item);
    statusBar.registerStatusItem('@ingot/extension:status', {item, align: 'left', rank: 20});
  },
};
