import type {DeployedModel} from '@ingot/deployer/deployment';
import * as React from 'react';
import type {PanelContext} from '../context.js';
import {VersionItem} from './version-item.js';

/** How many versions of a model are listed before somebody asks for all. */
const FEW = 5;

export function Models({
  models,
  context,
}: {
  models: readonly DeployedModel[];
  context: PanelContext;
}): React.JSX.Element {
  const {trans} = context;
  return (
    <section aria-labelledby="ingot-models">
      <h2 id="ingot-models" className="ingot-Heading">
        {trans.__('Models')}
      </h2>
      {models.length === 0 ? (
        <p className="ingot-Empty">
          {trans.__('None yet. Train one in a notebook, then click Deploy in its toolbar.')}
        </p>
      ) : (
        models.map(model => <Model key={model.name} model={model} context={context} />)
      )}
    </section>
  );
}

function Model({model, context}: {model: DeployedModel; context: PanelContext}): React.JSX.Element {
  const [all, setAll] = React.useState(false);
  const {trans, openTensorBoard} = context;
  const {name, title, versions} = model;
  const shown = all ? versions : versions.slice(0, FEW);
  const live = versions.find(version => version.live);
  return (
    <article className="ingot-Model" aria-label={name}>
      <header className="ingot-Model-header">
        <h3 className="ingot-Model-name">{name}</h3>
        <span className="ingot-Model-live">
          {live === undefined ? trans.__('not live') : trans.__('v%1 live', live.version)}
        </span>
        <button
          type="button"
          className="ingot-Link"
          aria-label={trans.__("Open TensorBoard on %1's training", name)}
          onClick={() => openTensorBoard(name)}
        >
          {trans.__('Training')}
        </button>
      </header>
      {title !== name && <p className="ingot-Model-title">{title}</p>}
      <ul className="ingot-List" aria-label={trans.__('Versions of %1', name)}>
        {shown.map(version => (
          <VersionItem key={version.version} version={version} context={context} />
        ))}
      </ul>
      {versions.length > shown.length && (
        <button type="button" className="ingot-Link" onClick={() => setAll(true)}>
          {trans.__('Show all %1 versions', versions.length)}
        </button>
      )}
    </article>
  );
}
