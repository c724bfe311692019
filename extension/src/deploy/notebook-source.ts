import type {NotebookPanel} from '@jupyterlab/notebook';
import type {DeploySource} from './flow.js';

/** The notebook in a panel, as the deployment sees it. */
export function notebookSource(panel: NotebookPanel): DeploySource {
  const {context, sessionContext} = panel;
  return {
    path: context.localPath,
    async kernel() {
      await sessionContext.ready;
      return sessionContext.session?.kernel ?? null;
    },
    async save() {
      await context.ready;
      if (context.model.dirty && !context.model.readOnly) await context.save();
    },
  };
}
