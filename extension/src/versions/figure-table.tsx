import type {TranslationBundle} from '@jupyterlab/translation';
import * as React from 'react';
import type {Figure} from './change.js';
import {figure} from '../panel/when.js';

/** A version's metrics, beside the live version's where there are any. */
export function FigureTable({
  figures,
  version,
  live,
  trans,
}: {
  figures: readonly Figure[];
  version: number;
  live: number | null;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  if (figures.length === 0) return null;
  const compares = live !== null && figures.some(one => one.live !== null);
  return (
    <table className="ingot-Figures">
      <thead>
        <tr>
          <th scope="col">{trans.__('Metric')}</th>
          <th scope="col">{trans.__('v%1', version)}</th>
          {compares && <th scope="col">{trans.__('v%1 (live)', live)}</th>}
        </tr>
      </thead>
      <tbody>
        {figures.map(one => (
          <tr key={one.name}>
            <th scope="row">{one.name}</th>
            <td>{figure(one.own)}</td>
            {compares && <td>{one.live === null ? '–' : figure(one.live)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
