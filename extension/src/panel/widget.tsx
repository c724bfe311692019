import {Clipboard} from '@jupyterlab/apputils';
import type {TranslationBundle} from '@jupyterlab/translation';
import {ReactWidget} from '@jupyterlab/ui-components';
import * as React from 'react';
import type {IDeployer, IDeploys} from '../tokens.js';
import {PanelView} from './components/panel-view.js';

export interface PanelOptions {
  readonly deployer: IDeployer;
  readonly deploys: IDeploys;
  readonly trans: TranslationBundle;
  readonly openNotebook: (path: string) => void;
  readonly openTensorBoard: (runs: string | null) => void;
}

/** The body of the Ingot panel: it draws anew whenever the deployer or a deployment of this page has news. */
export class PanelBody extends ReactWidget {
  constructor(private readonly options: PanelOptions) {
    super();
    this.addClass('ingot-Panel');
    options.deployer.state.changed.connect(this.update, this);
    options.deploys.changed.connect(this.update, this);
  }

  protected override render(): React.JSX.Element {
    const {deployer, deploys, trans, openNotebook, openTensorBoard} = this.options;
    const {state} = deployer;
    return (
      <PanelView
        loaded={state.loaded}
        problem={state.problem}
        models={state.models}
        deployments={state.deployments}
        activities={deploys.activities}
        context={{
          trans,
          locale: document.documentElement.lang || undefined,
          now: Date.now(),
          copy: text => Clipboard.copyToSystem(text),
          openNotebook,
          openTensorBoard,
          retry: id => void deploys.retry(id),
          goTo: change => void deploys.goTo(change),
          details: (model, version) => deployer.client.version(model, version),
        }}
      />
    );
  }
}
