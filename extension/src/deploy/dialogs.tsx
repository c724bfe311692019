import {Dialog, InputDialog, showDialog} from '@jupyterlab/apputils';
import type {TranslationBundle} from '@jupyterlab/translation';
import type {DeployableModel} from 'ingot/comm/protocol';
import * as React from 'react';
import type {Problem} from '../api/errors.js';
import {describe} from './answers.js';

/** Asks which of several models is to be deployed. */
export async function chooseModel(
  models: readonly DeployableModel[],
  trans: TranslationBundle,
): Promise<DeployableModel | null> {
  const items = models.map(describe);
  const {button, value} = await InputDialog.getItem({
    title: trans.__('Which model shall be deployed?'),
    label: trans.__('This notebook has several:'),
    items,
    okLabel: trans.__('Deploy'),
  });
  return button.accept && value !== null ? (models[items.indexOf(value)] ?? null) : null;
}

/**
 * Says what happened and what to do.
 * @returns true when the person chose the offered action.
 */
export async function explainProblem(
  problem: Problem,
  {trans, action}: {trans: TranslationBundle; action: string | null},
): Promise<boolean> {
  const close = Dialog.okButton({label: trans.__('Close')});
  const {button} = await showDialog({
    title: trans.__('Nothing was deployed'),
    body: (
      <div className="ingot-Explanation">
        <p>{problem.message}</p>
        <p>{problem.remedy}</p>
      </div>
    ),
    buttons:
      action === null ? [close] : [Dialog.cancelButton({label: trans.__('Close')}), Dialog.okButton({label: action})],
  });
  return action !== null && button.accept;
}
