import {DebugCells, HASHING, nameOfUrl, urlRegexOf} from './cells.js';
import {type CallFrame, Inspection, type Parameters, preview, type RemoteObject} from './inspection.js';
import {Variables} from './variables.js';

type Body = Readonly<Record<string, unknown>>;
type Arguments = Record<string, unknown>;

interface Breakpoint {
  readonly line: number;
  readonly condition?: string;
}

/** The one thread that user code runs in. */
const THREAD = 1;
const STEPS: Readonly<Record<string, string>> = {
  continue: 'Debugger.resume',
  next: 'Debugger.stepOver',
  stepIn: 'Debugger.stepInto',
  stepOut: 'Debugger.stepOut',
};
/** The one filter of exceptions: V8 takes every error of a cell for one that is caught, since the kernel catches it. */
const THROWN = 'thrown';
/** Code that a step passes over. */
const NOT_THE_USERS = ['/node_modules/', '^node:', '/kernel/lib/'];

/**
 * A page asks on for what it saw stopped after it has gone on, and for breakpoints while the kernel starts anew; JupyterLab reads
 * the lists of a refusal, too.
 */
const EMPTY_LISTS: Readonly<Record<string, Body>> = {
  setBreakpoints: {breakpoints: []},
  stackTrace: {stackFrames: [], totalFrames: 0},
  scopes: {scopes: []},
  variables: {variables: []},
};

/**
 * The Debug Adapter Protocol over Jupyter's control channel, in terms of V8's inspector.
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html#debug-request
 */
export class DebugAdapter {
  readonly #cells = new DebugCells();
  readonly #variables = new Variables();
  readonly #wanted = new Map<string, readonly Breakpoint[]>();
  /** Cells' names by V8's ids of their scripts. */
  readonly #scripts = new Map<string, string>();
  #set: string[] = [];
  #inspection: Inspection | undefined;
  #frames: readonly CallFrame[] = [];
  #seq = 0;

  constructor(private readonly emit: (event: Body) => void) {}

  /** Answers a `debug_request`; a request that cannot be met is answered with `success: false` and why. */
  async handle(request: Body): Promise<Body> {
    const {command, seq, arguments: given} = request;
    const answer = {type: 'response', request_seq: seq, seq: ++this.#seq, command};
    try {
      const body = await this.#run(String(command), (given ?? {}) as Arguments);
      return {...answer, success: true, body};
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return {...answer, success: false, message, body: EMPTY_LISTS[String(command)] ?? {}};
    }
  }

  /** Must be awaited before a cell runs: its breakpoints are set by then. */
  async beforeRun(name: string, code: string, map: string, compiled: string): Promise<void> {
    const file = this.#cells.add(name, code, map, compiled);
    if (this.#inspection && this.#wanted.has(file)) {
      await this.#place(file, [name]);
    }
  }

  /** Lets paused code go on, so that an interrupt or the end reaches it. */
  release(): void {
    if (this.#frames.length > 0) {
      void this.#inspection?.post('Debugger.resume').catch(() => undefined);
    }
  }

  async #run(command: string, given: Arguments): Promise<Body> {
    switch (command) {
      case 'debugInfo':
        return this.#info();
      case 'initialize':
        return {
          supportsConfigurationDoneRequest: true,
          supportsConditionalBreakpoints: true,
          supportsEvaluateForHovers: true,
          exceptionBreakpointFilters: [
            {filter: THROWN, label: 'Thrown errors', description: 'Stops where an error is thrown, caught or not.'},
          ],
        };
      case 'attach':
        await this.#attach();
        return {};
      case 'disconnect':
        this.#detach();
        return {};
      case 'configurationDone':
        return {};
      case 'dumpCell':
        return {sourcePath: this.#cells.pathOf(String(given['code']))};
      case 'source': {
        const {path = ''} = (given['source'] ?? {}) as {path?: string};
        return {content: this.#cells.source(path) ?? '', mimeType: 'text/typescript'};
      }
      case 'modules':
        // What a notebook has imported is not debugged: steps pass over it.
        return {modules: [], totalModules: 0};
      case 'inspectVariables': {
        const inspection = this.#inspection ?? (await this.#attach());
        return {variables: await this.#variables.ofNotebook(inspection)};
      }
      default:
        return this.#runAttached(command, given);
    }
  }

  async #runAttached(command: string, given: Arguments): Promise<Body> {
    const inspection = this.#inspection;
    if (!inspection) {
      throw new Error(`"${command}" needs an attached debugger; send "attach" first.`);
    }
    const step = STEPS[command];
    if (step) {
      await inspection.post(step);
      return {allThreadsContinued: true};
    }
    switch (command) {
      case 'pause':
        await inspection.post('Debugger.pause');
        return {};
      case 'threads':
        return {threads: [{id: THREAD, name: 'notebook'}]};
      case 'setBreakpoints':
        return this.#setBreakpoints(given);
      case 'setExceptionBreakpoints': {
        const filters = (given['filters'] ?? []) as readonly unknown[];
        await inspection.post('Debugger.setPauseOnExceptions', {state: filters.includes(THROWN) ? 'all' : 'none'});
        return {};
      }
      case 'stackTrace':
        return this.#stackTrace();
      case 'scopes': {
        const frame = this.#frame(given['frameId']);
        return {scopes: frame ? await this.#variables.scopes(inspection, frame) : []};
      }
      case 'variables':
        return {variables: await this.#variables.of(inspection, Number(given['variablesReference']))};
      case 'evaluate':
        return this.#evaluate(inspection, String(given['expression']), this.#frame(given['frameId']));
      default:
        throw new Error(`The debugger does not know "${command}".`);
    }
  }

  #info(): Body {
    const breakpoints = [...this.#wanted].map(([source, all]) => ({source, breakpoints: all}));
    const isStopped = this.#frames.length > 0;
    return {
      isStarted: this.#inspection !== undefined,
      ...HASHING,
      breakpoints,
      stoppedThreads: isStopped ? [THREAD] : [],
      richRendering: false,
      exceptionPaths: [],
      copyToGlobals: false,
    };
  }

  async #attach(): Promise<Inspection> {
    const inspection = (this.#inspection ??= new Inspection((method, params) => this.#onEvent(method, params)));
    await inspection.post('Debugger.enable');
    await inspection.post('Debugger.setBlackboxPatterns', {patterns: NOT_THE_USERS});
    this.#event('initialized', {});
    return inspection;
  }

  #detach(): void {
    this.#inspection?.close();
    this.#inspection = undefined;
    this.#frames = [];
    this.#set = [];
    this.#variables.forget();
  }

  async #setBreakpoints(given: Arguments): Promise<Body> {
    const {path: file = ''} = (given['source'] ?? {}) as {path?: string};
    const wanted = ((given['breakpoints'] ?? []) as Breakpoint[]).map(({line, condition}) => ({
      line,
      ...(condition ? {condition} : {}),
    }));
    this.#wanted.set(file, wanted);
    const old = this.#set;
    this.#set = [];
    await Promise.all(old.map(breakpointId => this.#inspection?.post('Debugger.removeBreakpoint', {breakpointId})));
    for (const each of this.#wanted.keys()) {
      await this.#place(each, this.#cells.namesOf(each));
    }
    return {breakpoints: wanted.map(({line}) => ({verified: true, line, source: {path: file}}))};
  }

  async #place(file: string, names: readonly string[]): Promise<void> {
    for (const name of names) {
      for (const {line, condition} of this.#wanted.get(file) ?? []) {
        const lineNumber = this.#cells.generated(name, line);
        if (lineNumber !== undefined) {
          const place = {urlRegex: urlRegexOf(name), lineNumber, ...(condition === undefined ? {} : {condition})};
          const set = await this.#inspection?.post<{breakpointId: string}>('Debugger.setBreakpointByUrl', place);
          this.#set.push(...(set ? [set.breakpointId] : []));
        }
      }
    }
  }

  #stackTrace(): Body {
    const stackFrames = this.#frames.flatMap((frame, id) => {
      const {scriptId, lineNumber, columnNumber} = frame.location;
      const cell = this.#scripts.get(scriptId) ?? '';
      const place = this.#cells.original(cell, lineNumber, columnNumber);
      if (!place) {
        return [];
      }
      const {file: path, line, column} = place;
      return [{id, name: frame.functionName || '(cell)', line, column, source: {path, name: cell, sourceReference: 0}}];
    });
    return {stackFrames, totalFrames: stackFrames.length};
  }

  #frame(id: unknown): CallFrame | undefined {
    return this.#frames[Number(id ?? 0)];
  }

  async #evaluate(inspection: Inspection, expression: string, frame: CallFrame | undefined): Promise<Body> {
    const {result} = frame
      ? await inspection.post<{result: RemoteObject}>('Debugger.evaluateOnCallFrame', {
          callFrameId: frame.callFrameId,
          expression,
        })
      : await inspection.post<{result: RemoteObject}>('Runtime.evaluate', {expression});
    return {result: preview(result), type: result.type, variablesReference: this.#variables.reference(result)};
  }

  #onEvent(method: string, params: Parameters): void {
    if (method === 'Debugger.scriptParsed') {
      const name = nameOfUrl(String(params['url']));
      if (name.startsWith('cell[')) {
        this.#scripts.set(String(params['scriptId']), name);
      }
    } else if (method === 'Debugger.paused') {
      this.#frames = params['callFrames'] as CallFrame[];
      const hit = (params['hitBreakpoints'] as unknown[] | undefined) ?? [];
      const isThrown = params['reason'] === 'exception' || params['reason'] === 'promiseRejection';
      this.#event('stopped', {
        reason: isThrown ? 'exception' : hit.length > 0 ? 'breakpoint' : 'step',
        threadId: THREAD,
        allThreadsStopped: true,
      });
    } else if (method === 'Debugger.resumed') {
      this.#frames = [];
      this.#variables.forget();
      this.#event('continued', {threadId: THREAD, allThreadsContinued: true});
    }
  }

  #event(event: string, body: Body): void {
    this.emit({type: 'event', event, seq: ++this.#seq, body});
  }
}
