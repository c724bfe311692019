import type {Kernel} from '@jupyterlab/services';
import type {TranslationBundle} from '@jupyterlab/translation';
import {Problem} from '../api/errors.js';
import {isGone, type ChannelKernel} from './kernel-channel.js';

/**
 * Resolves when the kernel runs nothing: a model is deployed as it is after a cell, never as it is in the middle of one.
 * @throws Problem when the kernel dies; the signal's reason when aborted.
 */
export function untilIdle(
  kernel: Pick<ChannelKernel, 'status' | 'statusChanged'>,
  {signal, trans, onWait}: {signal: AbortSignal; trans: TranslationBundle; onWait: (status: Kernel.Status) => void},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (how: () => void): void => {
      kernel.statusChanged.disconnect(look);
      signal.removeEventListener('abort', stop);
      how();
    };
    const look = (_: unknown, status: Kernel.Status): void => {
      if (status === 'idle') end(resolve);
      else if (isGone(status)) {
        const remedy = trans.__('Start it, run the notebook, then deploy.');
        end(() => reject(new Problem(trans.__('The kernel is not running.'), remedy, 'kernel')));
      }
    };
    const stop = (): void => end(() => reject(signal.reason as Error));
    kernel.statusChanged.connect(look);
    signal.addEventListener('abort', stop, {once: true});
    if (signal.aborted) return stop();
    look(null, kernel.status);
    if (kernel.status !== 'idle' && !isGone(kernel.status)) onWait(kernel.status);
  });
}
