import {fork} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {DeployFailure} from '../failure.js';
import type {ReplayMessage} from './protocol.js';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));
/** The child runs somebody's graph: it gets no token and no address of the queue. */
const PASSED_ON = /^(PATH|HOME|TMPDIR|LANG|LD_LIBRARY_PATH|CUDA_.*|TF_.*|INGOT_(HOME|PYTHON|DEVICE))$/;

export type Replayed = Extract<ReplayMessage, {type: 'replayed'}>;

/**
 * Loads the SavedModel on the real library and runs its golden samples, in a child process.
 * @throws DeployFailure when it does not load, crashes, hangs, or answers otherwise than in the notebook.
 */
export async function replayInChild(dir: string, timeoutMs: number, signal?: AbortSignal): Promise<Replayed> {
  const message = await runChild(dir, timeoutMs, signal);
  if (message.type === 'failed') {
    throw new DeployFailure(
      `The model does not run outside the notebook: ${message.message}`,
      'Run the serving function in the notebook with the example, mend it, then click Deploy again.',
    );
  }
  const {report} = message;
  if (report.mismatches.length) {
    const more = report.mismatches.length - 1;
    throw new DeployFailure(
      `The model answers otherwise than in the notebook. ${report.mismatches[0]}${more ? ` (${more} more)` : ''}`,
      'See that the serving function draws no random numbers and depends on its inputs only, then click Deploy again.',
    );
  }
  return message;
}

async function runChild(dir: string, timeoutMs: number, signal?: AbortSignal): Promise<ReplayMessage> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
  const child = fork(CHILD, [dir], {env, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc']});
  let complaints = '';
  child.stderr?.on('data', (text: Buffer) => {
    complaints = (complaints + text.toString()).slice(-2000);
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const abort = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', abort);
  try {
    return await new Promise<ReplayMessage>((resolve, reject) => {
      child.once('message', message => resolve(message as ReplayMessage));
      child.once('error', reject);
      child.once('exit', (code, killedBy) => {
        if (timedOut) reject(hung(timeoutMs));
        else if (signal?.aborted) reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        else reject(crashed(killedBy ?? `exit code ${code}`, complaints));
      });
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  }
}

function hung(timeoutMs: number): DeployFailure {
  return new DeployFailure(
    `The model's golden samples took more than ${timeoutMs / 1000} s.`,
    "Keep fewer or smaller samples, or raise INGOT_REPLAY_TIMEOUT_MS of the deployer's worker.",
  );
}

function crashed(how: string, complaints: string): DeployFailure {
  const last = complaints.trim().split('\n').at(-1);
  return new DeployFailure(
    `Running the model crashed the checking process (${how})${last ? `: ${last}` : ''}.`,
    "The model may need more memory than this machine has, or hit a fault of TensorFlow; see the deployer's log.",
  );
}
