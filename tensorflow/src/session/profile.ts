import {addon} from '../native/addon.js';
import {tensorFlowError} from './marshal.js';

/** A recording of what TensorFlow computes in this process. */
export interface Recording {
  /**
   * Ends it.
   * @returns a serialized XSpace (tsl/profiler/protobuf/xplane.proto), which TensorBoard's profiler shows
   * @throws TensorFlowError when it was ended already
   */
  end(): Promise<Uint8Array>;
}

/** A recording of this thread's own doing. */
export interface StepRecording extends Recording {
  /**
   * Begins a step of a training, as TensorBoard's Profile tab counts them, and ends the one before. Without a number it only
   * does the latter.
   */
  step(number?: number): void;
}

/**
 * Begins to record every op of every session in this process. Recording costs time and memory: keep it to seconds.
 * @param options a serialized ProfileOptions (tsl/profiler/protobuf/profiler_options.proto); what it leaves out is TensorFlow's
 *   default
 * @throws TensorFlowError when another recording is under way, or the options are malformed
 */
export function recordProfile(options: Uint8Array = new Uint8Array(0)): StepRecording {
  try {
    const profiler = new (addon().Profiler)(options);
    return {
      // `_r` makes it the root of what it contains (tsl/profiler/lib/context_types.h).
      step: number => profiler.mark(number === undefined ? undefined : `train#step_num=${number},_r=1#`),
      async end() {
        try {
          return await profiler.collect();
        } catch (error) {
          throw tensorFlowError(error);
        }
      },
    };
  } catch (error) {
    throw tensorFlowError(error);
  }
}
