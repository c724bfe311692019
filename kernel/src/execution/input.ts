import {receiveMessageOnPort, type MessagePort} from 'node:worker_threads';
import {INPUT_STATE, type FromMain} from '../threads/messages.js';
import type {CellContext} from './executor.js';
import {InterruptedError} from './interrupts.js';

/** Asks the person at the front end. Code waits in the middle of a line, so this thread sleeps until the answer is there. */
export class Input {
  constructor(
    private readonly send: (message: FromMain) => void,
    private readonly answers: MessagePort,
    private readonly state: Int32Array<SharedArrayBuffer>,
    private readonly context: () => CellContext | undefined,
  ) {}

  /** @throws Error when the front end cannot ask (nbconvert, a test); InterruptedError when the user interrupts. */
  ask(prompt: string, password = false): string {
    const context = this.context();
    if (!context?.allowStdin) {
      throw new Error(`Nobody can be asked "${prompt}": this front end takes no input. Set the value in the cell.`);
    }
    Atomics.store(this.state, 0, INPUT_STATE.waiting);
    this.send({type: 'input', cell: context.cell, prompt, password});
    Atomics.wait(this.state, 0, INPUT_STATE.waiting);
    if (Atomics.load(this.state, 0) === INPUT_STATE.interrupted) {
      throw new InterruptedError();
    }
    return String((receiveMessageOnPort(this.answers)?.message as {value?: unknown} | undefined)?.value ?? '');
  }
}
