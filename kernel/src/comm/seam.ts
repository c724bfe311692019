import type {CommManager} from './manager.js';

/** Where code in a cell finds the kernel's comms (widgets, controls of a chart), under this symbol of `globalThis`. */
export const COMM_PORT = Symbol.for('ingot.comms');

/** The kernel's comms, or undefined when the code does not run in the kernel. */
export function commPort(): Pick<CommManager, 'open' | 'register'> | undefined {
  return (globalThis as {[COMM_PORT]?: CommManager})[COMM_PORT];
}
