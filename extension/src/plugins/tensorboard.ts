import {ILayoutRestorer, type JupyterFrontEndPlugin} from '@jupyterlab/application';
import {ICommandPalette, MainAreaWidget, WidgetTracker} from '@jupyterlab/apputils';
import {URLExt} from '@jupyterlab/coreutils';
import {ILauncher} from '@jupyterlab/launcher';
import {ServerConnection} from '@jupyterlab/services';
import {ISettingRegistry} from '@jupyterlab/settingregistry';
import {ITranslator, nullTranslator} from '@jupyterlab/translation';
import {curvesIcon} from '../icons.js';
import {TensorBoardView} from '../tensorboard/widget.js';
import {Commands} from '../tokens.js';
import {readText} from './settings.js';

const id = '@ingot/extension:tensorboard';

export const tensorboardPlugin: JupyterFrontEndPlugin<void> = {
  id,
  description: 'TensorBoard as a tab of JupyterLab.',
  autoStart: true,
  requires: [ISettingRegistry],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer, ILauncher],
  activate: async (
    app,
    registry: ISettingRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    launcher: ILauncher | null,
  ) => {
    const trans = (translator ?? nullTranslator).load('ingot');
    const {commands, shell, serviceManager} = app;
    const server = serviceManager.serverSettings;
    const tracker = new WidgetTracker<MainAreaWidget<TensorBoardView>>({namespace: 'ingot-tensorboard'});
    const settings = await registry.load(id);

    function createTab(): MainAreaWidget<TensorBoardView> {
      const url = `${URLExt.join(server.baseUrl, readText(settings, 'tensorboardPath'))}/`;
      const probe = async (): Promise<void> => {
        const response = await ServerConnection.makeRequest(`${url}data/environment`, {}, server);
        if (!response.ok) throw new Error(trans.__('It answered with status %1.', response.status));
      };
      const tab = new MainAreaWidget({content: new TensorBoardView({url, trans, probe})});
      tab.id = 'ingot-tensorboard';
      tab.title.label = 'TensorBoard';
      tab.title.icon = curvesIcon;
      tab.title.closable = true;
      void tracker.add(tab);
      return tab;
    }

    commands.addCommand(Commands.openTensorBoard, {
      label: args => (args['isLauncher'] === true ? 'TensorBoard' : trans.__('Open TensorBoard')),
      caption: trans.__('See trainings as they run, and those before'),
      icon: curvesIcon,
      execute: async args => {
        const runs = typeof args['runs'] === 'string' ? args['runs'] : null;
        const open = tracker.currentWidget;
        const tab = open ?? createTab();
        if (!tab.isAttached) shell.add(tab, 'main');
        if (open === null || runs !== null) await tab.content.open(runs);
        shell.activateById(tab.id);
      },
    });
    palette?.addItem({command: Commands.openTensorBoard, category: trans.__('Ingot')});
    launcher?.add({command: Commands.openTensorBoard, args: {isLauncher: true}, category: trans.__('Other'), rank: 5});
    void restorer?.restore(tracker, {command: Commands.openTensorBoard, name: () => 'tensorboard'});
  },
};
