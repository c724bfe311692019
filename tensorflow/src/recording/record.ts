import type {TensorContainer} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {nodeBackend} from './backend.js';
import {CaptureError} from './errors.js';
import {replaceGradients} from './gradients.js';
import {interpose} from './interpose.js';
import {Recorder} from './recorder.js';
import type {Recording, RecordOptions} from './recording.js';
import {predictWholeBatches} from './whole-batches.js';

export * from './recording.js';

let recordingNow = false;

/** Whether a function is being recorded, so that what it calls must execute its ops one by one. */
export function isRecording(): boolean {
  return recordingNow;
}

/**
 * Runs `fn` once, eagerly and for real, and records every op that it executes. Tensors that `fn` makes are freed as by
 * `tf.tidy`, but for those that it returns or keeps.
 *
 * For training: make one eager step first, so that optimizer slots exist. Then record the step with the batch as `inputs`
 * and `externalsVary: true`. `externals` are the state that goes in (they cover variables, optimizer slots and anything
 * else from outside; an external whose `dataId` is no registered variable's is a plain constant tensor). For each
 * variable, `valueOf(variable)` afterwards is the state that comes out. The step has really been done: restore the
 * variables where that is not wanted. A shape, a JavaScript number and a random draw are constants of the recording.
 *
 * @throws CaptureError when `fn` is asynchronous, reads the values of a tensor that varies, or records within a recording.
 */
export function record<T>(fn: () => T, options: RecordOptions = {}): Recording<T> {
  if (recordingNow) throw new CaptureError('A function that is being recorded cannot record another one.');
  const backend = nodeBackend();
  replaceGradients();
  const recorder = new Recorder(backend, options);
  const stackLimit = Error.stackTraceLimit;
  recordingNow = true;
  Error.stackTraceLimit = 100;
  const restore = [interpose(backend, recorder), predictWholeBatches()];
  try {
    const result: unknown = tf.tidy(() => fn() as TensorContainer);
    if (result instanceof Promise) {
      result.catch(() => undefined); // It fails because it is refused here.
      throw (
        recorder.refusal ??
        new CaptureError('An asynchronous function cannot be recorded: return tensors, and do not await any.')
      );
    }
    if (recorder.refusal !== undefined) throw recorder.refusal;
    return recorder.finish(result as T);
  } catch (error) {
    recorder.release();
    // An asynchronous function turns what it was refused into a promise; others may catch it.
    throw recorder.refusal ?? error;
  } finally {
    for (const undo of restore) undo();
    recordingNow = false;
    Error.stackTraceLimit = stackLimit;
  }
}
