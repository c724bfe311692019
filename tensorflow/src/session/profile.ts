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

/**
 * Begins to record every op of every session in this process. Recording costs time and memory: keep it to seconds.
 * @param options a serialized ProfileOptions (tsl/profiler/protobuf/profiler_options.proto); what it leaves out is TensorFlow's
 *   default
 * @throws TensorFlowError when another recording is under way, or the options are malformed
 */
export function recordProfile(options: Uint8Array = new Uint8Array(0)): Recording {
  try {
    const profiler = new (addon().Profiler)(options);
    return {
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
