import {Dialog, showDialog} from '@jupyterlab/apputils';
import type {TranslationBundle} from '@jupyterlab/translation';
import * as React from 'react';
import {changeLabel, changeSentences, differing, type VersionChange} from './change.js';
import {FigureTable} from './figure-table.js';

/** A dialog has room for so many metrics; the panel shows all. */
const MANY = 6;

/**
 * Says what a change of the live version will do.
 * @returns whether the person wants it.
 */
export async function confirmChange(change: VersionChange, trans: TranslationBundle): Promise<boolean> {
  const {model, version, live, figures} = change;
  const label = changeLabel(change, trans);
  const shared = figures.filter(one => one.live !== null);
  const different = differing(figures);
  const {button} = await showDialog({
    title: trans.__('%1: %2?', model, label),
    body: (
      <div className="ingot-Explanation">
        {changeSentences(change, trans).map(sentence => (
          <p key={sentence}>{sentence}</p>
        ))}
        <FigureTable figures={different.slice(0, MANY)} version={version} live={live} trans={trans} />
        {shared.length > 0 && different.length === 0 && <p>{trans.__('Both versions have the same metrics.')}</p>}
        {different.length > MANY && <p>{trans.__('These differ most; the panel shows all %1.', figures.length)}</p>}
      </div>
    ),
    buttons: [Dialog.cancelButton(), Dialog.okButton({label})],
  });
  return button.accept;
}
