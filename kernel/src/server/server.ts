import type {MessagePort} from 'node:worker_threads';
import {DebugAdapter} from '../debug/adapter.js';
import type {Caller} from '../threads/calls.js';
import {INPUT_STATE, type CompilerCalls, type FromMain, type ToMain} from '../threads/messages.js';
import type {Content, Message} from '../wire/message.js';
import type {Channel, Sockets} from '../wire/sockets.js';
import {Comms} from './comms.js';
import {documentationData} from './documentation.js';
import {Executions, type TypeErrors} from './executions.js';
import {History} from './history.js';
import {KERNEL_INFO} from './info.js';
import {Interrupter} from './interrupter.js';
import type {LastRun} from './last-run.js';
import {codePointOffset, utf16Offset} from './offsets.js';

export interface ServerParts {
  readonly sockets: Sockets;
  readonly main: MessagePort;
  readonly compiler: Caller<CompilerCalls>;
  readonly answers: MessagePort;
  readonly inputState: Int32Array<SharedArrayBuffer>;
  readonly typeErrors: TypeErrors;
  readonly lastRun: LastRun;
  readonly log: (what: unknown) => void;
  /** Ends the process with this exit code, after all is sent. */
  readonly end: (code: number) => void;
}

type Handler = (message: Message, channel: Channel) => Promise<Content | undefined> | Content | undefined;

/** Answers Jupyter's messages (protocol 5.4), in the server thread. */
export class Server {
  readonly #history = new History();
  readonly #comms = new Comms();
  readonly #debug = new DebugAdapter(event => this.#publish('debug_event', {}, event));
  readonly #executions: Executions;
  readonly #interrupter: Interrupter;
  readonly #handlers: Readonly<Record<string, Handler>>;

  constructor(private readonly parts: ServerParts) {
    const {main, compiler, typeErrors, lastRun} = parts;
    const toMain = (message: ToMain) => main.postMessage(message);
    this.#executions = new Executions({
      compiler,
      typeErrors,
      lastRun,
      history: this.#history,
      run: toMain,
      beforeRun: (name, source, {map, code}) => this.#debug.beforeRun(name, source, map, code),
      publish: (type, parent, content, more) => this.#publish(type, parent, content, more),
      reply: (request, content, metadata) => this.#reply('shell', request, content, metadata),
    });
    this.#interrupter = new Interrupter(
      () => toMain({type: 'interrupt'}),
      () => {
        const cell = this.#executions.running;
        if (cell !== undefined) {
          toMain({type: 'terminated', cell});
        }
      },
    );
    const comm: Handler = message => this.#onComm(message);
    this.#handlers = {
      kernel_info_request: () => KERNEL_INFO,
      history_request: ({content}) => ({status: 'ok', history: this.#history.find(content)}),
      is_complete_request: ({content}) => this.#isComplete(content),
      complete_request: ({content}) => this.#complete(content),
      inspect_request: ({content}) => this.#inspect(content),
      comm_info_request: ({content}) => ({status: 'ok', comms: this.#comms.info(content['target_name'])}),
      comm_open: comm,
      comm_msg: comm,
      comm_close: comm,
      debug_request: ({content}) => this.#debug.handle(content),
      interrupt_request: () => this.#interrupt(),
      shutdown_request: message => this.#shutdown(message),
      input_reply: ({content}) => this.#onInput(content),
    };
  }

  start(): void {
    const {main, sockets} = this.parts;
    main.on('message', (message: FromMain) => this.#fromMain(message));
    sockets.listen((channel, message) => void this.#handle(channel, message));
    this.#publish('status', {}, {execution_state: 'starting'});
  }

  async #handle(channel: Channel, message: Message): Promise<void> {
    const type = message.header.msg_type;
    if (type === 'execute_request') {
      this.#executions.add(message);
      return;
    }
    const handler = this.#handlers[type];
    if (!handler) {
      // As the reference kernel does: a client that knows more than we do must not break us.
      this.parts.log(`unknown message type "${type}" on ${channel}`);
      return;
    }
    if (type === 'input_reply') {
      await handler(message, channel);
      return;
    }
    this.#publish('status', message.header, {execution_state: 'busy'});
    try {
      const content = await handler(message, channel);
      if (content) {
        this.#reply(channel, message, content);
      }
    } catch (error) {
      const {name, message: evalue, stack = ''} = error instanceof Error ? error : new Error(String(error));
      this.#reply(channel, message, {status: 'error', ename: name, evalue, traceback: stack.split('\n')});
    }
    this.#publish('status', message.header, {execution_state: 'idle'});
    if (type === 'shutdown_request') {
      await this.#close(0);
    }
  }

  #fromMain(message: FromMain): void {
    switch (message.type) {
      case 'ready':
        this.#executions.ready();
        break;
      case 'heard':
        this.#interrupter.heard();
        break;
      case 'finished':
        this.#interrupter.heard();
        void this.#executions.finish(message);
        break;
      case 'stream':
        this.#publish('stream', this.#parent(message), {name: message.name, text: message.text});
        break;
      case 'clear':
        this.#publish('clear_output', this.#parent(message), {wait: message.wait});
        break;
      case 'display': {
        const {bundle: data, metadata, displayId, update} = message;
        const transient = displayId === undefined ? {} : {display_id: displayId};
        const type = update ? 'update_display_data' : 'display_data';
        this.#publish(type, this.#parent(message), {data, metadata, transient});
        break;
      }
      case 'input':
        this.#ask(message);
        break;
      case 'comm': {
        this.#comms.note(message);
        const {event, content, metadata, buffers} = message;
        this.#publish(event, this.#parent(message), content, {metadata, buffers});
        break;
      }
      case 'exit':
        void this.#exit(message);
        break;
    }
  }

  #parent({cell}: {readonly cell: number | null}): Message['parent'] {
    return this.#executions.header(cell) ?? {};
  }

  #publish(type: string, parent: Message['parent'], content: Content, more: Partial<Message> = {}): void {
    const {sockets} = this.parts;
    const identities = [Buffer.from(type)];
    sockets.publish(sockets.wire.message(type, parent, content, {...more, identities}));
  }

  #reply(channel: Channel, request: Message, content: Content, metadata: Content = {}): void {
    const {sockets} = this.parts;
    const {identities, header} = request;
    const type = header.msg_type.replace(/_request$/, '_reply');
    sockets.send(channel, sockets.wire.message(type, header, content, {identities, metadata}));
  }

  async #isComplete({code}: Content): Promise<Content> {
    const {status, indent} = await this.parts.compiler.call('isComplete', {source: String(code)});
    return status === 'incomplete' ? {status, indent} : {status};
  }

  async #complete({code, cursor_pos: cursor}: Content): Promise<Content> {
    const source = String(code);
    const offset = utf16Offset(source, typeof cursor === 'number' ? cursor : source.length);
    const {matches, start, end} = await this.parts.compiler.call('complete', {source, offset});
    const [cursor_start, cursor_end] = [codePointOffset(source, start), codePointOffset(source, end)];
    const types = matches.map(({text, type, signature}) => ({
      text,
      type,
      signature,
      start: cursor_start,
      end: cursor_end,
    }));
    return {
      status: 'ok',
      matches: matches.map(match => match.text),
      cursor_start,
      cursor_end,
      metadata: {_jupyter_types_experimental: types},
    };
  }

  async #inspect({code, cursor_pos: cursor}: Content): Promise<Content> {
    const source = String(code);
    const offset = utf16Offset(source, typeof cursor === 'number' ? cursor : source.length);
    const found = await this.parts.compiler.call('inspect', {source, offset});
    if (!found) {
      return {status: 'ok', found: false, data: {}, metadata: {}};
    }
    return {status: 'ok', found: true, data: documentationData(found), metadata: {}};
  }

  #onComm({header, content, metadata, buffers}: Message): undefined {
    const {comm_id, target_name, data} = content;
    if (typeof comm_id !== 'string') {
      throw new Error(`A ${header.msg_type} without a comm_id.`);
    }
    const message = {
      type: 'comm',
      event: header.msg_type as 'comm_open' | 'comm_msg' | 'comm_close',
      content: {
        comm_id,
        ...(typeof target_name === 'string' ? {target_name} : {}),
        data: (data ?? {}) as Content,
      },
      metadata,
      buffers,
      cell: this.#executions.adopt(header),
    } as const;
    this.#comms.note(message);
    this.parts.main.postMessage(message satisfies ToMain);
    return undefined;
  }

  #interrupt(): Content {
    this.#executions.abortWaiting();
    this.#debug.release();
    this.#answerInput(INPUT_STATE.interrupted);
    if (this.#executions.running !== undefined && !this.#executions.interruptStarting()) {
      this.#interrupter.interrupt();
    }
    return {status: 'ok'};
  }

  #ask({cell, prompt, password}: Extract<FromMain, {type: 'input'}>): void {
    const request = this.#executions.request(cell);
    if (request) {
      const {sockets} = this.parts;
      const {identities, header} = request;
      sockets.send('stdin', sockets.wire.message('input_request', header, {prompt, password}, {identities}));
    }
  }

  #onInput({value}: Content): undefined {
    this.parts.answers.postMessage({value});
    this.#answerInput(INPUT_STATE.answered);
    return undefined;
  }

  #answerInput(state: number): void {
    const {inputState} = this.parts;
    Atomics.store(inputState, 0, state);
    Atomics.notify(inputState, 0);
  }

  #shutdown({content}: Message): Content {
    this.#debug.release();
    return {status: 'ok', restart: content['restart'] === true};
  }

  /** User code called `process.exit`: say so, so that a cell does not just stay at [*]. */
  async #exit({cell, code}: Extract<FromMain, {type: 'exit'}>): Promise<void> {
    const text = `The cell called process.exit(${code}): the kernel has ended, and its variables with it.`;
    this.#publish('stream', this.#parent({cell}), {name: 'stderr', text: `${text}\n`});
    this.#executions.endWith({ename: 'KernelExit', evalue: text, traceback: [text]});
    await this.#close(code);
  }

  async #close(code: number): Promise<void> {
    this.parts.lastRun.ended();
    await this.parts.sockets.close();
    this.parts.end(code);
  }
}
