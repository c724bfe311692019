import {hasGpuDriver} from '../../native/gpu.js';

/**
 * Whether a run can end between two ops that do not wait: not on macOS, nor in TensorFlow's GPU build, which is installed
 * where there is a driver (graph/stop.h).
 */
export const STOPS_BETWEEN_OPS = process.platform === 'linux' && !hasGpuDriver();
