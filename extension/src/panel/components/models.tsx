import type {DeployedModel, Deployment} from '@ingot/deployer/deployment';
import * as React from 'react';
import {changeLabel, changeTo, liveOf} from '../../versions/change.js';
import type {PanelContext} from '../context.js';
import {ago} from '../when.js';
import {VersionItem} from './version-item.js';

/** How many versions of a model are listed before somebody asks for all. */
const FEW = 5;

export interface ModelsProps {
  readonly models: readonly DeployedModel[];
  readonly deployments: readonly Deployment[];
  /** Names of the models whose live version is being changed. */
  readonly changing: ReadonlySet<string>;
  readonly context: PanelContext;
}

export function Models({models, deployments, changing, context}: ModelsProps): React.JSX.Element {
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
        models.map(model => (
          <Model
            key={model.name}
            model={model}
            pinning={deployments.find(one => isPinning(one, model))}
            changing={changing.has(model.name)}
            context={context}
          />
        ))
      )}
    </section>
  );
}

interface ModelProps {
  readonly model: DeployedModel;
  /** The deployment that pinned the version, if the deployer still knows it. */
  readonly pinning: Deployment | undefined;
  readonly changing: boolean;
  readonly context: PanelContext;
}

function Model({model, pinning, changing, context}: ModelProps): React.JSX.Element {
  const [all, setAll] = React.useState(false);
  const {trans, openTensorBoard} = context;
  const {name, title, versions} = model;
  const shown = all ? versions : versions.slice(0, FEW);
  const live = liveOf(model);
  return (
    <article className="ingot-Model" aria-label={name}>
      <header className="ingot-Model-header">
        <h3 className="ingot-Model-name">{name}</h3>
        <span className="ingot-Model-live">
          {live !== undefined && trans.__('v%1 live', live.version)}
          {live === undefined && model.serverAnswers && trans.__('not live')}
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
      {!model.serverAnswers && (
        <p className="ingot-Pin ingot-mod-error" role="alert">
          {trans.__('The model server does not answer: what is live is not known.')}
        </p>
      )}
      {model.pinned !== null && <PinNotice model={model} pinned={model.pinned} pinning={pinning} context={context} />}
      {model.serverAnswers && <QuickChange model={model} changing={changing} context={context} />}
      <ul className="ingot-List" aria-label={trans.__('Versions of %1', name)}>
        {shown.map(version => (
          <VersionItem key={version.version} model={model} version={version} changing={changing} context={context} />
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

/** Nobody must wonder why the newest version does not answer. */
function PinNotice({
  model,
  pinned,
  pinning,
  context,
}: Pick<ModelProps, 'model' | 'pinning' | 'context'> & {pinned: number}): React.JSX.Element {
  const {trans, now, locale} = context;
  const missing = liveOf(model)?.version !== pinned;
  const {state = null} = model.versions.find(({version}) => version === pinned) ?? {};
  const lost = missing && state !== 'START' && state !== 'LOADING';
  return (
    <div className={`ingot-Pin ingot-mod-${lost ? 'error' : 'warning'}`} role={lost ? 'alert' : undefined}>
      {missing
        ? trans.__(
            lost
              ? 'Pinned to v%1, which the model server cannot serve: requests that name no version get an error.'
              : 'Pinned to v%1, which is being loaded: until then requests that name no version get an error.',
            pinned,
          )
        : trans.__('Pinned to v%1 until the next Deploy.', pinned)}
      {pinning !== undefined &&
        ` ${trans.__('%1 went back to it %2.', pinning.requestedBy, ago(pinning.reached['live'] ?? pinning.requestedAt, now, locale))}`}
    </div>
  );
}

/** The change that is wanted most often, one click away: forward to the newest when another is live, else one back. */
function QuickChange({model, changing, context}: Omit<ModelProps, 'pinning'>): React.JSX.Element | null {
  const {trans, goTo} = context;
  const {versions} = model;
  const live = liveOf(model);
  const isNewest = live === versions[0];
  const target =
    isNewest || live === undefined ? versions.find(one => one.version < (live?.version ?? 0)) : versions[0];
  if (target === undefined) return null;
  const change = changeTo(model, target);
  return (
    <button
      type="button"
      className="ingot-Button jp-mod-styled ingot-Model-change"
      aria-label={`${model.name}: ${changeLabel(change, trans)}`}
      disabled={changing}
      onClick={() => goTo(change)}
    >
      {changing ? trans.__('Changing the live version…') : changeLabel(change, trans)}
    </button>
  );
}

/** The newest change to the version that is pinned. */
function isPinning({model, staged, version, state}: Deployment, {name, pinned}: DeployedModel): boolean {
  return staged === null && state === 'live' && model === name && version === pinned;
}
