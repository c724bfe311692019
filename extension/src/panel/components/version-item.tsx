import type {DeployedVersion} from '@ingot/deployer/deployment';
import * as React from 'react';
import type {PanelContext} from '../context.js';
import {ago, figure} from '../when.js';

/** One numbered version of a model, closed until somebody wants to know more. */
export function VersionItem({version, context}: {version: DeployedVersion; context: PanelContext}): React.JSX.Element {
  const {trans, locale, now, openNotebook} = context;
  const {publishedAt, notebook} = version;
  const metrics = Object.entries(version.metrics);
  return (
    <li className="ingot-Version">
      <details>
        <summary>
          <span className="ingot-Version-number">{trans.__('v%1', version.version)}</span>
          {version.live && <span className="ingot-Badge ingot-mod-live">{trans.__('live')}</span>}
          <span className={`ingot-Badge ingot-mod-${stateKind(version.state)}`}>{stateWord(version.state, trans)}</span>
          {version.simulatedData && <span className="ingot-Badge ingot-mod-warning">{trans.__('simulated data')}</span>}
          {publishedAt !== null && (
            <time className="ingot-When" dateTime={publishedAt} title={new Date(publishedAt).toLocaleString(locale)}>
              {ago(publishedAt, now, locale)}
            </time>
          )}
        </summary>
        <dl className="ingot-Facts">
          {metrics.map(([name, value]) => (
            <React.Fragment key={name}>
              <dt>{name}</dt>
              <dd>{figure(value)}</dd>
            </React.Fragment>
          ))}
          {notebook !== null && (
            <>
              <dt>{trans.__('Notebook')}</dt>
              <dd>
                <button type="button" className="ingot-Link" onClick={() => openNotebook(notebook)}>
                  {notebook}
                </button>
              </dd>
            </>
          )}
          {version.simulatedData && (
            <>
              <dt>{trans.__('Data')}</dt>
              <dd>{trans.__('Made up by a simulation: its answers say nothing about the world.')}</dd>
            </>
          )}
          {metrics.length === 0 && notebook === null && <dd>{trans.__('Nothing is recorded of this version.')}</dd>}
        </dl>
      </details>
    </li>
  );
}

/** A state of TensorFlow Serving's in a person's words. */
function stateWord(state: string | null, trans: PanelContext['trans']): string {
  switch (state) {
    case null:
      return trans.__('not served');
    case 'END':
      return trans.__('unloaded');
    default:
      return state.toLowerCase();
  }
}

/** How a state of TensorFlow Serving's is to be shown. */
function stateKind(state: string | null): string {
  if (state === 'AVAILABLE') return 'good';
  return state === null || state === 'END' ? 'quiet' : 'busy';
}
