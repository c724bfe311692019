import type {Kernel} from '@jupyterlab/services';
import type {TranslationBundle} from '@jupyterlab/translation';
import type {Deployment, DeploymentState} from '@ingot/deployer/deployment';
import {Signal} from '@lumino/signaling';
import type {DeployableModel, DeployAnswer, DeployRequest} from 'ingot/comm/protocol';
import type {ChannelKernel} from '../deploy/kernel-channel.js';

/** Stand-ins for what only a running JupyterLab has. JupyterLab's own packages cannot be loaded by Jest. */

/** English, with its gaps filled. */
export const english = {
  __: (text: string, ...values: unknown[]) => text.replace(/%(\d)/g, (_, n: string) => String(values[Number(n) - 1])),
} as unknown as TranslationBundle;

export const gold: DeployableModel = {
  name: 'gold',
  title: 'Gold',
  parameters: 1234,
  inputs: ['prices: float32 [?, 60]'],
  outputs: ['forecast'],
  metrics: {},
  simulatedData: false,
};

/** A deployment as the deployer tells it. */
export function deployment(state: DeploymentState, more: Partial<Deployment> = {}): Deployment {
  return {
    id: 'd1',
    model: 'gold',
    staged: 'gold-1',
    state,
    version: null,
    requestedAt: '2026-11-01T10:00:00.000Z',
    requestedBy: 'Ada',
    updatedAt: '2026-11-01T10:00:01.000Z',
    reached: {},
    notebook: 'gold.ipynb',
    failure: null,
    endpoint: null,
    log: [],
    ...more,
  };
}

type Answering = (request: DeployRequest, answer: (answer: DeployAnswer | unknown) => void) => void;

/** A kernel whose side of the comm is a function; null: it knows no such comm, and closes it. */
export class FakeKernel {
  constructor(private readonly answering: Answering | null) {}

  status: Kernel.Status = 'idle';
  readonly statusChanged = new Signal<this, Kernel.Status>(this);
  closed = 0;

  set(status: Kernel.Status): void {
    this.status = status;
    this.statusChanged.emit(status);
  }

  createComm(): unknown {
    const comm = {
      isDisposed: false,
      onMsg: (_: unknown) => {},
      onClose: (_: unknown) => {},
      open: () => {
        if (this.answering === null) setTimeout(() => comm.onClose({}));
      },
      send: (request: DeployRequest) =>
        this.answering?.(request, data => setTimeout(() => comm.onMsg({content: {data}}))),
      close: () => {
        this.closed += 1;
      },
    };
    return comm;
  }

  asKernel(): ChannelKernel {
    return this as unknown as ChannelKernel;
  }
}

/** A kernel that stages whatever it is asked to. */
export function willingKernel(models: readonly DeployableModel[]): FakeKernel {
  return new FakeKernel((request, answer) => {
    const {id} = request;
    if (request.type === 'list') return answer({type: 'models', id, models});
    answer({type: 'progress', id, text: 'writing', fraction: 0.5});
    answer({type: 'staged', id, model: request.model, staged: `${request.model}-1`});
  });
}

/** Waits for what is to happen; the test's own time limit is the only one. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await nextTurn();
}

/** Lets what is due now happen. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve));
}
