import {KernelManager, ServerConnection, SessionManager, type Kernel, type KernelMessage} from '@jupyterlab/services';
import type {DeployAnswer, DeployRequest} from 'ingot/comm';
import {DEPLOY_COMM_TARGET} from 'ingot/comm';
import {sourceOf, type Cell, type Notebook, type Output} from './notebook.js';

/** A notebook's kernel in a running Jupyter server, as a browser would use it. */
export interface JupyterSession {
  readonly kernel: Kernel.IKernelConnection;
  close(): Promise<void>;
}

/** Starts a session for a notebook, with a kernel of its own. */
export async function openSession(
  url: string,
  token: string,
  path: string,
  kernelName: string,
): Promise<JupyterSession> {
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: `${url}/`,
    wsUrl: `${url.replace(/^http/, 'ws')}/`,
    token,
    appendToken: true,
  });
  const kernelManager = new KernelManager({serverSettings});
  const sessions = new SessionManager({serverSettings, kernelManager});
  const session = await sessions.startNew({path, name: path, type: 'notebook', kernel: {name: kernelName}});
  if (session.kernel === null) throw new Error(`Jupyter started no kernel for ${path}.`);
  return {
    kernel: session.kernel,
    async close() {
      await session.shutdown();
      session.dispose();
      sessions.dispose();
      kernelManager.dispose();
    },
  };
}

/** A cell that failed: its number, counted over code cells from 1, and what the kernel said. */
export class CellError extends Error {
  constructor(cell: number, name: string, value: string, traceback: readonly string[]) {
    // eslint-disable-next-line no-control-regex -- terminal colours
    super(`Cell ${cell} failed: ${name}: ${value}\n${traceback.join('\n').replace(/\x1b\[[0-9;]*m/g, '')}`);
    this.name = 'CellError';
  }
}

/**
 * Runs every code cell in order and keeps the outputs in `notebook`.
 * @throws CellError at the first cell that fails.
 */
export async function runNotebook(
  kernel: Kernel.IKernelConnection,
  notebook: Notebook,
  progress: (text: string) => void,
): Promise<void> {
  const code = notebook.cells.filter(cell => cell.cell_type === 'code');
  const displays = new Map<string, Output[]>();
  for (const [index, cell] of code.entries()) {
    progress(`cell ${index + 1} of ${code.length}`);
    const outputs: Output[] = [];
    const future = kernel.requestExecute({code: sourceOf(cell), stop_on_error: true, allow_stdin: false});
    future.onIOPub = message => keep(message, cell, outputs, displays);
    const reply = await future.done;
    cell.outputs = outputs;
    const content = reply.content;
    if (content.status === 'error') throw new CellError(index + 1, content.ename, content.evalue, content.traceback);
    if (content.status !== 'ok') throw new Error(`Cell ${index + 1} was not run (${content.status}).`);
    cell.execution_count = content.execution_count ?? null;
  }
}

/** Keeps an output as a notebook file does: streams joined, displays with the same id replaced. */
function keep(
  message: KernelMessage.IIOPubMessage,
  cell: Cell,
  outputs: Output[],
  displays: Map<string, Output[]>,
): void {
  const type = message.header.msg_type;
  const content = message.content as Record<string, unknown>;
  if (type === 'stream') {
    const last = outputs.at(-1);
    if (last?.output_type === 'stream' && last.name === content['name']) {
      last.text = `${String(last.text)}${String(content['text'])}`;
    } else {
      outputs.push({output_type: 'stream', name: String(content['name']), text: String(content['text'])});
    }
  } else if (type === 'update_display_data') {
    const id = (content['transient'] as {display_id?: string} | undefined)?.display_id ?? '';
    for (const output of displays.get(id) ?? []) {
      output.data = content['data'] as Record<string, unknown>;
      output['metadata'] = content['metadata'];
    }
  } else if (type === 'display_data' || type === 'execute_result') {
    const output: Output = {
      output_type: type,
      data: content['data'] as Record<string, unknown>,
      metadata: content['metadata'] ?? {},
      ...(type === 'execute_result' ? {execution_count: content['execution_count']} : {}),
    };
    outputs.push(output);
    const id = (content['transient'] as {display_id?: string} | undefined)?.display_id;
    if (id !== undefined) displays.set(id, [...(displays.get(id) ?? []), output]);
  } else if (type === 'clear_output') {
    outputs.length = 0;
  } else if (type === 'error') {
    outputs.push({output_type: 'error', ...content});
  }
  cell.outputs = outputs;
}

/**
 * Asks a kernel for the staging of a model over the comm that the Deploy button uses.
 * @returns the staged model's id.
 * @throws Error with the kernel's sentence and remedy.
 */
export async function stageModel(
  kernel: Kernel.IKernelConnection,
  model: string,
  notebook: string,
  progress: (text: string) => void,
): Promise<string> {
  const comm = kernel.createComm(DEPLOY_COMM_TARGET);
  const answers = new Promise<string>((resolve, reject) => {
    comm.onMsg = message => {
      const answer = message.content.data as unknown as DeployAnswer;
      if (answer.type === 'progress') progress(answer.text);
      else if (answer.type === 'staged') resolve(answer.staged);
      else if (answer.type === 'error') reject(new Error(`${answer.message} ${answer.remedy}`));
    };
    comm.onClose = () => reject(new Error('The kernel closed the connection before the model was staged.'));
  });
  await comm.open().done;
  const request: DeployRequest = {type: 'stage', id: 'gold', model, notebook};
  comm.send({...request});
  try {
    return await answers;
  } finally {
    if (!comm.isDisposed) await comm.close().done;
  }
}
