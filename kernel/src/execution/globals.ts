import {format} from 'node:util';
import type {CommManager} from '../comm/manager.js';
import {COMM_PORT} from '../comm/seam.js';
import {displayFunction} from '../display/function.js';
import {DISPLAY_PORT, type DisplayPort} from '../display/seam.js';
import type {Input} from './input.js';
import {INTERRUPT_PORT, type InterruptPort} from './interrupts.js';
import {NOTEBOOK_PORT, type NotebookPort} from './notebook-port.js';
import {SCOPE_PORT, type ScopePort} from './scope-port.js';

export interface GlobalPorts {
  readonly display: DisplayPort;
  readonly interrupts: InterruptPort;
  readonly comms: CommManager;
  readonly input: Input;
  readonly scope: ScopePort;
  readonly notebook: NotebookPort;
  readonly write: (name: 'stdout' | 'stderr', text: string) => void;
}

/** Puts on `globalThis` what code in cells can rely on: the kernel's seams, `display`, and a browser's dialogs. */
export function installGlobals({display, interrupts, comms, input, scope, notebook, write}: GlobalPorts): void {
  const define = (name: PropertyKey, value: unknown) =>
    Object.defineProperty(globalThis, name, {value, configurable: true, writable: true, enumerable: false});
  define(DISPLAY_PORT, display);
  define(INTERRUPT_PORT, interrupts);
  define(COMM_PORT, comms);
  define(SCOPE_PORT, scope);
  define(NOTEBOOK_PORT, notebook);
  define('display', displayFunction(display));
  define('prompt', (message = '', preset?: string) => input.ask(`${message} `.trimStart()) || (preset ?? ''));
  define('confirm', (message = '') => /^y(es)?$/i.test(input.ask(`${message} [y/N] `.trimStart()).trim()));
  define('alert', (...message: unknown[]) => write('stdout', `${format(...message)}\n`));
}
