import type {JupyterFrontEndPlugin} from '@jupyterlab/application';
import {ICommandPalette, ISessionContextDialogs, SessionContextDialogs} from '@jupyterlab/apputils';
import {INotebookTracker, type NotebookPanel} from '@jupyterlab/notebook';
import {ISettingRegistry} from '@jupyterlab/settingregistry';
import {ITranslator, nullTranslator} from '@jupyterlab/translation';
import {chooseModel, explainProblem} from '../deploy/dialogs.js';
import {confirmChange} from '../versions/confirm.js';
import {askToNotify, notifyWhenHidden} from '../deploy/hidden-tab.js';
import {DeployManager} from '../deploy/manager.js';
import {notebookSource} from '../deploy/notebook-source.js';
import {createNotice} from '../deploy/notice.js';
import {deployIcon} from '../icons.js';
import {Commands, IDeployer, IDeploys} from '../tokens.js';
import {readFlag} from './settings.js';

const id = '@ingot/extension:deploy';

export const deployPlugin: JupyterFrontEndPlugin<IDeploys> = {
  id,
  description: 'The Deploy button: from a notebook to a model that is served.',
  autoStart: true,
  provides: IDeploys,
  requires: [IDeployer, INotebookTracker, ISettingRegistry],
  optional: [ITranslator, ICommandPalette, ISessionContextDialogs],
  activate: async (
    app,
    {client, state}: IDeployer,
    tracker: INotebookTracker,
    registry: ISettingRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    sessionDialogs: ISessionContextDialogs | null,
  ): Promise<IDeploys> => {
    const settings = await registry.load(id);
    const trans = (translator ?? nullTranslator).load('ingot');
    const {commands, serviceManager} = app;
    const wantsDesktop = (): boolean => readFlag(settings, 'notifyWhenHidden');

    const manager = new DeployManager({
      client,
      state,
      trans,
      requestedBy: () => serviceManager.user.identity?.display_name ?? null,
      ui: {
        notice: () =>
          createNotice({
            trans,
            showPanel: () => void commands.execute(Commands.showPanel),
            onEnd: (title, body) => wantsDesktop() && notifyWhenHidden(title, body),
          }),
        choose: models => chooseModel(models, trans),
        confirm: change => confirmChange(change, trans),
        explain: async problem => {
          const panel = tracker.currentWidget;
          const wrongKernel = problem.code === 'wrong_kernel' && panel !== null;
          const accepted = await explainProblem(problem, {
            trans,
            action: wrongKernel ? trans.__('Change kernel…') : null,
          });
          if (accepted && panel !== null) {
            await (
              sessionDialogs ?? new SessionContextDialogs({translator: translator ?? nullTranslator})
            ).selectKernel(panel.sessionContext);
          }
        },
      },
    });

    const deployable = (): NotebookPanel | null => {
      const panel = tracker.currentWidget;
      return panel === null || manager.isBusy(panel.context.localPath) ? null : panel;
    };
    commands.addCommand(Commands.deploy, {
      label: trans.__('Deploy the Model of This Notebook'),
      caption: trans.__('Publish the trained model as a new version and serve it'),
      icon: deployIcon,
      isEnabled: () => deployable() !== null,
      execute: async () => {
        const panel = deployable();
        if (panel === null) return;
        if (wantsDesktop()) void askToNotify();
        await manager.deploy(notebookSource(panel));
      },
    });

    const changed = (): void => commands.notifyCommandChanged(Commands.deploy);
    manager.changed.connect(changed);
    tracker.currentChanged.connect(changed);
    palette?.addItem({command: Commands.deploy, category: trans.__('Ingot')});
    return manager;
  },
};
