import type {DeployedModel, Deployment} from '@ingot/deployer/deployment';
import * as React from 'react';
import type {Problem} from '../../api/errors.js';
import {isOver} from '../../api/follow.js';
import type {Activity} from '../../deploy/manager.js';
import {stateText, titleOf} from '../../deploy/progress.js';
import type {PanelContext} from '../context.js';
import {Deployments} from './deployments.js';
import {Models} from './models.js';

export interface PanelViewProps {
  readonly loaded: boolean;
  readonly problem: Problem | null;
  readonly models: readonly DeployedModel[];
  readonly deployments: readonly Deployment[];
  readonly activities: readonly Activity[];
  readonly context: PanelContext;
}

/** The whole Ingot panel. */
export function PanelView({
  loaded,
  problem,
  models,
  deployments,
  activities,
  context,
}: PanelViewProps): React.JSX.Element {
  const {trans} = context;
  return (
    <>
      <p className="ingot-Hidden" role="status" aria-live="polite">
        {announcement(deployments, activities, context)}
      </p>
      {problem !== null && (
        <div className="ingot-Failure" role="alert">
          <p>{problem.message}</p>
          <p>{problem.remedy}</p>
        </div>
      )}
      {!loaded && problem === null && <p className="ingot-Empty">{trans.__('Asking the deployer…')}</p>}
      {loaded && (
        <Models
          models={models}
          deployments={deployments}
          changing={changingModels(deployments, activities)}
          context={context}
        />
      )}
      {(loaded || activities.length > 0) && (
        <Deployments deployments={deployments} models={models} activities={activities} context={context} />
      )}
    </>
  );
}

/** The models whose live version somebody changes, in this page or in another. */
function changingModels(deployments: readonly Deployment[], activities: readonly Activity[]): ReadonlySet<string> {
  const under = deployments.filter(one => one.staged === null && !isOver(one)).map(({model}) => model);
  return new Set([...under, ...activities.map(({key}) => key)]);
}

/** What a screen reader says when it changes: how the newest deployment stands. */
function announcement(
  deployments: readonly Deployment[],
  activities: readonly Activity[],
  {trans}: PanelContext,
): string {
  const staging = activities.find(({deployment}) => deployment === null);
  if (staging !== undefined) return staging.progress.text;
  const newest = deployments[0];
  return newest === undefined ? '' : `${titleOf(newest)}: ${stateText(newest.state, trans)}`;
}
