import {ILayoutRestorer, type JupyterFrontEndPlugin} from '@jupyterlab/application';
import {ICommandPalette} from '@jupyterlab/apputils';
import {ITranslator, nullTranslator} from '@jupyterlab/translation';
import {refreshIcon, SidePanel, ToolbarButton} from '@jupyterlab/ui-components';
import {Panel} from '@lumino/widgets';
import {curvesIcon, ingotIcon} from '../icons.js';
import {PanelBody} from '../panel/widget.js';
import {Commands, IDeployer, IDeploys} from '../tokens.js';

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: '@ingot/extension:panel',
  description: 'The Ingot panel: models, their versions, and deployments.',
  autoStart: true,
  requires: [IDeployer, IDeploys],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer],
  activate: (
    app,
    deployer: IDeployer,
    deploys: IDeploys,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
  ) => {
    const trans = (translator ?? nullTranslator).load('ingot');
    const {commands, shell} = app;
    const openTensorBoard = (runs: string | null): void =>
      void commands.execute(Commands.openTensorBoard, runs === null ? {} : {runs});

    const panel = new SidePanel({content: new Panel(), translator: translator ?? nullTranslator});
    panel.id = 'ingot-panel';
    panel.title.icon = ingotIcon;
    panel.title.caption = trans.__('Ingot: models and deployments');
    panel.node.setAttribute('role', 'region');
    panel.node.setAttribute('aria-label', trans.__('Ingot: models and deployments'));
    panel.toolbar.addItem(
      'tensorboard',
      new ToolbarButton({
        icon: curvesIcon,
        label: 'TensorBoard',
        tooltip: trans.__('Open TensorBoard'),
        onClick: () => openTensorBoard(null),
      }),
    );
    panel.toolbar.addItem(
      'refresh',
      new ToolbarButton({
        icon: refreshIcon,
        tooltip: trans.__('Ask the deployer again'),
        // What goes wrong is shown in the panel itself.
        onClick: () => void deployer.state.refresh().catch(() => {}),
      }),
    );
    panel.addWidget(
      new PanelBody({
        deployer,
        deploys,
        trans,
        openTensorBoard,
        openNotebook: path => void commands.execute('docmanager:open', {path}),
      }),
    );
    shell.add(panel, 'left', {rank: 600, type: 'Ingot'});
    restorer?.add(panel, panel.id);

    commands.addCommand(Commands.showPanel, {
      label: trans.__('Show the Ingot Panel'),
      caption: trans.__('Models, their versions, and deployments'),
      icon: ingotIcon,
      execute: () => shell.activateById(panel.id),
    });
    palette?.addItem({command: Commands.showPanel, category: trans.__('Ingot')});
  },
};
