import type {DeployedVersion, VersionDetails} from '@ingot/deployer/deployment';
import * as React from 'react';
import type {PanelContext} from '../context.js';
import {seconds} from '../when.js';

/** Where a version came from: who, which notebook and cell, which data, which training, which code. */
export function LineageFacts({
  version,
  details,
  context,
}: {
  version: DeployedVersion;
  details: VersionDetails;
  context: PanelContext;
}): React.JSX.Element {
  const {trans, locale, openNotebook, openTensorBoard} = context;
  const {lineage, contract} = details;
  if (lineage === null) return <p className="ingot-Empty">{trans.__('Nothing is recorded of where it came from.')}</p>;
  const {notebook, training, git, deployment} = lineage;
  const data = [...new Map([...lineage.data, ...(contract?.data ?? [])].map(one => [one.name, one])).values()];
  const packages = Object.entries(lineage.packages).sort(([a], [b]) => a.localeCompare(b));
  return (
    <dl className="ingot-Facts">
      {deployment !== undefined && (
        <Fact name={trans.__('Deployed')}>
          {trans.__('by %1', deployment.requestedBy)}
          {version.publishedAt !== null && `, ${new Date(version.publishedAt).toLocaleString(locale)}`}
        </Fact>
      )}
      {notebook !== null && (
        <Fact name={trans.__('Notebook')}>
          <button type="button" className="ingot-Link" onClick={() => openNotebook(notebook.path)}>
            {notebook.path}
          </button>
          {notebook.cell !== undefined && (
            <span className="ingot-Quiet" title={hashes(notebook, trans)}>
              {' '}
              {trans.__('cell %1', shortId(notebook.cell))}
            </span>
          )}
        </Fact>
      )}
      {training !== undefined && (
        <Fact name={trans.__('Training')}>
          {trans.__('%1 epochs in %2 on %3', training.epochs, seconds(training.seconds), training.device)}{' '}
          <button
            type="button"
            className="ingot-Link"
            title={training.run}
            aria-label={trans.__('Open TensorBoard at the training of v%1', version.version)}
            onClick={() => openTensorBoard(training.run)}
          >
            {trans.__('TensorBoard')}
          </button>
        </Fact>
      )}
      {data.map(one => (
        <Fact key={one.name} name={trans.__('Data')}>
          {one.name}
          {one.rows !== undefined && `, ${trans.__('%1 rows', one.rows.toLocaleString(locale))}`}
          {one.from !== undefined && one.to !== undefined && `, ${trans.__('%1 to %2', one.from, one.to)}`}
          <span className="ingot-Quiet">{` ${one.source}`}</span>
          {one.simulated && <p>{trans.__('Made up by a simulation: its answers say nothing about the world.')}</p>}
        </Fact>
      ))}
      {git !== null && (
        <Fact name={trans.__('Commit')}>
          <span title={git.commit}>{git.commit.slice(0, 10)}</span>
          {git.dirty && ` ${trans.__('and changes that were not committed')}`}
        </Fact>
      )}
      {packages.length > 0 && (
        <Fact name={trans.__('Packages')}>{packages.map(([name, number]) => `${name} ${number}`).join(', ')}</Fact>
      )}
    </dl>
  );
}

function Fact({name, children}: {name: string; children: React.ReactNode}): React.JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** JupyterLab's own ids are 36 characters that nobody reads. */
function shortId(id: string): string {
  return id.length > 20 ? id.slice(0, 8) : id;
}

type Notebook = NonNullable<NonNullable<VersionDetails['lineage']>['notebook']>;

function hashes({cell, cellSha256, codeSha256}: Notebook, trans: PanelContext['trans']): string {
  return [
    trans.__('The cell that made the model deployable: %1', cell ?? ''),
    ...(cellSha256 === undefined ? [] : [trans.__('SHA-256 of its code: %1', cellSha256)]),
    ...(codeSha256 === undefined ? [] : [trans.__('SHA-256 of all code that had run: %1', codeSha256)]),
  ].join('\n');
}
