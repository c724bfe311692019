import type {Deployment} from '@ingot/deployer/deployment';
import * as React from 'react';
import {stepName, stepsOf} from '../../deploy/progress.js';
import type {PanelContext} from '../context.js';

/** The way from queued to live as a row of steps, with where a deployment stands on it. */
export function DeploymentSteps({
  deployment,
  context,
}: {
  deployment: Deployment;
  context: PanelContext;
}): React.JSX.Element {
  const {trans} = context;
  const {state, reached} = deployment;
  const steps = stepsOf(deployment);
  const last = state === 'failed' ? lastReached(steps, reached) : steps.indexOf(state);
  return (
    <ol className="ingot-Steps" aria-label={trans.__('Progress')}>
      {steps.map((step, index) => {
        const mark = markOf(index, last, state);
        return (
          <li
            key={step}
            className={`ingot-Step ingot-mod-${mark}`}
            title={stepName(step, trans)}
            aria-current={mark === 'current' ? 'step' : undefined}
          >
            <span className="ingot-Hidden">{`${stepName(step, trans)}: ${markText(mark, trans)}`}</span>
          </li>
        );
      })}
    </ol>
  );
}

type Mark = 'done' | 'current' | 'failed' | 'ahead';

function markText(mark: Mark, trans: PanelContext['trans']): string {
  switch (mark) {
    case 'done':
      return trans.__('done');
    case 'current':
      return trans.__('under way');
    case 'failed':
      return trans.__('failed');
    case 'ahead':
      return trans.__('ahead');
  }
}

function markOf(index: number, last: number, state: Deployment['state']): Mark {
  if (index < last || state === 'live') return 'done';
  if (index > last) return 'ahead';
  return state === 'failed' ? 'failed' : 'current';
}

/** The furthest step that a failed deployment entered. */
function lastReached(steps: readonly Deployment['state'][], reached: Deployment['reached']): number {
  return Math.max(
    0,
    steps.findLastIndex(step => reached[step] !== undefined),
  );
}
