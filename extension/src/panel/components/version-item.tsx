import type {DeployedModel, DeployedVersion, VersionDetails} from '@ingot/deployer/deployment';
import * as React from 'react';
import {asProblem, type Problem} from '../../api/errors.js';
import {changeLabel, changeTo, figuresBeside, liveOf} from '../../versions/change.js';
import type {PanelContext} from '../context.js';
import {ago} from '../when.js';
import {FigureTable} from '../../versions/figure-table.js';
import {LineageFacts} from './lineage-facts.js';

export interface VersionItemProps {
  readonly model: DeployedModel;
  readonly version: DeployedVersion;
  /** True while the model's live version is being changed. */
  readonly changing: boolean;
  readonly context: PanelContext;
}

/** One numbered version of a model, closed until somebody wants to know more. */
export function VersionItem({model, version, changing, context}: VersionItemProps): React.JSX.Element {
  const {trans, locale, now, goTo} = context;
  const {publishedAt} = version;
  const [open, setOpen] = React.useState(false);
  const change = changeTo(model, version);
  return (
    <li className="ingot-Version">
      <details onToggle={({currentTarget}) => setOpen(currentTarget.open)}>
        <summary>
          <span className="ingot-Version-number">{trans.__('v%1', version.version)}</span>
          {version.live && <span className="ingot-Badge ingot-mod-live">{trans.__('live')}</span>}
          {version.version === model.pinned && (
            <span className="ingot-Badge ingot-mod-warning">{trans.__('pinned')}</span>
          )}
          {model.serverAnswers && !version.live && (
            <span className={`ingot-Badge ingot-mod-${stateKind(version.state)}`}>
              {stateWord(version.state, trans)}
            </span>
          )}
          {version.simulatedData && <span className="ingot-Badge ingot-mod-warning">{trans.__('simulated')}</span>}
          {publishedAt !== null && (
            <time className="ingot-When" dateTime={publishedAt} title={new Date(publishedAt).toLocaleString(locale)}>
              {ago(publishedAt, now, locale)}
            </time>
          )}
        </summary>
        <div className="ingot-Version-body">
          <FigureTable
            figures={figuresBeside(version, liveOf(model))}
            version={version.version}
            live={change.live}
            trans={trans}
          />
          {open && <Details model={model} version={version} context={context} />}
          {model.serverAnswers && !version.live && (
            <button
              type="button"
              className="ingot-Button jp-mod-styled"
              disabled={changing}
              onClick={() => goTo(change)}
            >
              {changeLabel(change, trans)}
            </button>
          )}
        </div>
      </details>
    </li>
  );
}

/** What is asked of the deployer once somebody wants to know it. A published version never changes: once is enough. */
function Details({
  model,
  version,
  context,
}: Pick<VersionItemProps, 'model' | 'version' | 'context'>): React.JSX.Element {
  const {trans, details} = context;
  const [known, setKnown] = React.useState<VersionDetails | null>(null);
  const [problem, setProblem] = React.useState<Problem | null>(null);
  const [attempt, setAttempt] = React.useState(0);
  React.useEffect(() => {
    let wanted = true;
    details(model.name, version.version).then(
      found => wanted && setKnown(found),
      (error: unknown) => wanted && setProblem(asProblem(error)),
    );
    return () => {
      wanted = false;
    };
  }, [model.name, version.version, attempt]);
  if (known !== null) return <LineageFacts version={version} details={known} context={context} />;
  if (problem === null) return <p className="ingot-Empty">{trans.__('Asking the deployer…')}</p>;
  const again = (): void => {
    setProblem(null);
    setAttempt(attempt + 1);
  };
  return (
    <div className="ingot-Failure" role="alert">
      <p>{problem.message}</p>
      <button type="button" className="ingot-Button jp-mod-styled" onClick={again}>
        {trans.__('Try again')}
      </button>
    </div>
  );
}

/** A state of TensorFlow Serving's in a person's words. */
function stateWord(state: string | null, trans: PanelContext['trans']): string {
  switch (state) {
    case null:
      return trans.__('not served');
    case 'END':
      return trans.__('unloaded');
    case 'AVAILABLE':
      return trans.__('loaded');
    default:
      return state.toLowerCase();
  }
}

/** How a state of TensorFlow Serving's is to be shown. */
function stateKind(state: string | null): string {
  if (state === 'AVAILABLE') return 'good';
  return state === null || state === 'END' ? 'quiet' : 'busy';
}
