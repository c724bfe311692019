import type {TranslationBundle} from '@jupyterlab/translation';
import type {DeployedModel, Deployment} from '@ingot/deployer/deployment';
import {isOver} from '../api/follow.js';
import {stepName, titleOf} from '../deploy/progress.js';

export interface StatusSource {
  readonly models: readonly DeployedModel[];
  readonly deployments: readonly Deployment[];
  readonly loaded: boolean;
  readonly problem: Error | null;
}

/** What the status bar says: what goes on, else what is live (of the notebook in front, if it has a model). */
export function statusText(source: StatusSource, notebook: string | null, trans: TranslationBundle): string {
  const {models, deployments, loaded, problem} = source;
  if (problem !== null) return trans.__('Ingot: no deployer');
  if (!loaded) return '';
  const going = deployments.find(deployment => !isOver(deployment));
  if (going !== undefined) return `${titleOf(going)}: ${stepName(going.state, trans).toLowerCase()}`;
  if (models.some(({serverAnswers}) => !serverAnswers)) return trans.__('Ingot: no model server');
  const live = models.flatMap(({name, pinned, versions}) =>
    versions.filter(version => version.live).map(version => ({...version, name, pinned})),
  );
  const newestFirst = live.sort((a, b) => (b.publishedAt ?? '').localeCompare(a.publishedAt ?? ''));
  const shown =
    newestFirst.find(version => version.notebook !== null && version.notebook === notebook) ?? newestFirst[0];
  if (shown === undefined) return trans.__('Ingot: nothing live');
  return shown.pinned === shown.version
    ? trans.__('%1 v%2 live (pinned)', shown.name, shown.version)
    : trans.__('%1 v%2 live', shown.name, shown.version);
}
