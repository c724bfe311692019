import type {DeployedModel, Deployment} from '@ingot/deployer/deployment';
import * as React from 'react';
import {isOver} from '../../api/follow.js';
import type {Activity} from '../../deploy/manager.js';
import {stateText, stepName, titleOf} from '../../deploy/progress.js';
import type {PanelContext} from '../context.js';
import {ago, duration} from '../when.js';
import {CopyField} from './copy-field.js';
import {DeploymentSteps} from './deployment-steps.js';

/** How many deployments are listed. */
const MANY = 20;

export interface DeploymentsProps {
  readonly deployments: readonly Deployment[];
  readonly models: readonly DeployedModel[];
  /** What is going on in this page and has not reached the deployer. */
  readonly activities: readonly Activity[];
  readonly context: PanelContext;
}

export function Deployments({deployments, models, activities, context}: DeploymentsProps): React.JSX.Element {
  const {trans} = context;
  const staging = activities.filter(({deployment}) => deployment === null);
  return (
    <section aria-labelledby="ingot-deployments">
      <h2 id="ingot-deployments" className="ingot-Heading">
        {trans.__('Deployments')}
      </h2>
      {staging.map(({key, progress}) => (
        <div key={key} className="ingot-Deployment">
          <label className="ingot-Staging">
            {progress.text}
            <progress className="ingot-Progress" value={progress.fraction} max={1} />
          </label>
        </div>
      ))}
      {deployments.length === 0 && staging.length === 0 && <p className="ingot-Empty">{trans.__('None yet.')}</p>}
      {deployments.slice(0, MANY).map((deployment, index) => (
        <DeploymentCard
          key={deployment.id}
          deployment={deployment}
          replaced={isReplaced(deployment, models)}
          way={wayOf(deployment, models)}
          newest={index === 0}
          context={context}
        />
      ))}
    </section>
  );
}

interface CardProps {
  readonly deployment: Deployment;
  readonly replaced: boolean;
  /** Null for a new version. */
  readonly way: 'back' | 'forward' | null;
  readonly newest: boolean;
  readonly context: PanelContext;
}

/** One deployment. Those that go on, the newest, and what was opened by hand show all they have. */
function DeploymentCard({deployment, replaced, way, newest, context}: CardProps): React.JSX.Element {
  const {trans, locale, now} = context;
  const {state, reached, requestedAt} = deployment;
  const took = duration(requestedAt, reached['live']);
  const [chosen, choose] = React.useState<boolean | null>(null);
  const open = chosen ?? (newest || !isOver(deployment));
  // The event comes for what was opened from here, too; only what a person did is kept.
  const onToggle = ({currentTarget}: React.SyntheticEvent<HTMLDetailsElement>): void => {
    if (currentTarget.open !== open) choose(currentTarget.open);
  };
  return (
    <details className="ingot-Deployment" open={open} onToggle={onToggle}>
      <summary>
        <span className="ingot-Version-number">{titleOf(deployment)}</span>
        <span className={`ingot-Badge ingot-mod-${replaced ? 'quiet' : badge(state)}`}>
          {replaced ? trans.__('replaced') : stepName(state, trans).toLowerCase()}
        </span>
        {way !== null && (
          <span className="ingot-Badge ingot-mod-quiet">{way === 'back' ? trans.__('back') : trans.__('forward')}</span>
        )}
        <time className="ingot-When" dateTime={requestedAt} title={new Date(requestedAt).toLocaleString(locale)}>
          {ago(requestedAt, now, locale)}
        </time>
      </summary>
      <DeploymentSteps deployment={deployment} context={context} />
      {state !== 'failed' && (
        <p className="ingot-Step-text">
          {took === null ? sentence(stateText(state, trans)) : trans.__('Live %1 after it was asked for', took)}
        </p>
      )}
      <Outcome deployment={deployment} context={context} />
      <Log deployment={deployment} context={context} />
    </details>
  );
}

function Outcome({deployment, context}: {deployment: Deployment; context: PanelContext}): React.JSX.Element {
  const {trans, retry} = context;
  const {failure, endpoint, id} = deployment;
  return (
    <>
      {failure !== null && (
        <div className="ingot-Failure">
          <p>{failure.reason}</p>
          <p>{failure.remedy}</p>
          <button type="button" className="ingot-Button jp-mod-styled jp-mod-accept" onClick={() => retry(id)}>
            {trans.__('Retry')}
          </button>
        </div>
      )}
      {endpoint !== null && (
        <>
          <CopyField text={endpoint.url} label={trans.__('REST address')} context={context} />
          <CopyField text={endpoint.curl} label={trans.__('curl command')} context={context} />
        </>
      )}
    </>
  );
}

function Log({deployment, context}: {deployment: Deployment; context: PanelContext}): React.JSX.Element | null {
  const {trans, locale, openNotebook} = context;
  const {log, notebook, requestedBy} = deployment;
  if (log.length === 0) return null;
  return (
    <details className="ingot-Log">
      <summary>{trans.__('Log')}</summary>
      <p className="ingot-Log-origin">
        {requestedBy !== '' && trans.__('Asked for by %1. ', requestedBy)}
        {notebook !== null && (
          <button type="button" className="ingot-Link" onClick={() => openNotebook(notebook)}>
            {notebook}
          </button>
        )}
      </p>
      <ol className="ingot-Log-lines">
        {log.map((line, index) => (
          <li key={index} className={`ingot-mod-${line.level}`}>
            <time dateTime={line.at}>{new Date(line.at).toLocaleTimeString(locale)}</time> {line.text}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** Another version of its model is live by now. */
function isReplaced({state, model, version}: Deployment, models: readonly DeployedModel[]): boolean {
  const live = models.find(({name}) => name === model)?.versions.find(one => one.live);
  return state === 'live' && live !== undefined && live.version !== version;
}

/** Which way a change to a published version led, by what was published when it was asked for. */
function wayOf({model, version, staged, requestedAt}: Deployment, models: readonly DeployedModel[]): CardProps['way'] {
  if (staged !== null || version === null) return null;
  const versions = models.find(({name}) => name === model)?.versions ?? [];
  const newer = versions.some(one => one.version > version && (one.publishedAt ?? '') < requestedAt);
  return newer ? 'back' : 'forward';
}

function badge(state: Deployment['state']): string {
  if (state === 'live') return 'good';
  return state === 'failed' ? 'error' : 'busy';
}

function sentence(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
