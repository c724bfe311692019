import type {Log} from '../log.js';
import {toStatusError, type Code} from '../status/status.js';
import {encodePredictionLog, type LoggedCall} from './prediction-log.js';
import {RecordFile, type RecordFileLimits} from './record-file.js';

/** How requests of a model are logged: `logging_config` of its ModelConfig. */
export interface RequestLogging {
  readonly filenamePrefix: string;
  /** The share of requests that are logged, 0 to 1. */
  readonly samplingRate: number;
}

/** Takes a call that was answered. */
export type LogSink = (call: LoggedCall) => void;

/** Where the doors say what they answered. */
export interface RequestLog {
  /** Null when this request of the model is not to be logged, which is decided before anything is encoded for it. */
  sample(model: string): LogSink | null;
}

export const NO_LOG: RequestLog = {sample: () => null};

export interface RequestLogOptions {
  readonly limits: RecordFileLimits;
  readonly tags: readonly string[];
  readonly log: Log;
  /** Told of each request that was logged, or could not be. */
  readonly onLogged: (model: string, code: Code) => void;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** Samples requests into files of PredictionLog records: what TensorFlow Serving's `logging_config` asks for. */
export class RequestLogs implements RequestLog {
  private models = new Map<string, {readonly samplingRate: number; readonly sink: LogSink}>();
  private files = new Map<string, RecordFile>();
  private readonly random: () => number;
  private lastTrouble = '';

  constructor(private readonly options: RequestLogOptions) {
    this.random = options.random ?? Math.random;
  }

  sample(model: string): LogSink | null {
    if (this.models.size === 0) return null;
    const entry = this.models.get(model);
    return entry !== undefined && this.random() < entry.samplingRate ? entry.sink : null;
  }

  /**
   * Puts the logging of all models in force; files whose prefix stays are written on.
   * @throws StatusError INVALID_ARGUMENT when a file cannot be made; nothing has changed then
   */
  async update(configs: readonly {readonly name: string; readonly logging?: RequestLogging}[]): Promise<void> {
    const wanted = configs.flatMap(({name, logging}) => (logging === undefined ? [] : [{name, ...logging}]));
    const files = new Map<string, RecordFile>();
    try {
      for (const {filenamePrefix: prefix} of wanted) {
        if (files.has(prefix)) continue;
        files.set(prefix, this.files.get(prefix) ?? (await RecordFile.create(prefix, this.options.limits)));
      }
    } catch (error) {
      await this.closeAllBut(this.files, files);
      throw error;
    }
    this.models = new Map(
      wanted.flatMap(({name, filenamePrefix, samplingRate}) => {
        const file = files.get(filenamePrefix);
        return file === undefined ? [] : [[name, {samplingRate, sink: this.sinkTo(file, name, samplingRate)}]];
      }),
    );
    const before = this.files;
    this.files = files;
    await this.closeAllBut(files, before);
  }

  async close(): Promise<void> {
    this.models.clear();
    await this.closeAllBut(new Map(), this.files);
  }

  private async closeAllBut(
    kept: ReadonlyMap<string, RecordFile>,
    files: ReadonlyMap<string, RecordFile>,
  ): Promise<void> {
    await Promise.all([...files].filter(([prefix]) => !kept.has(prefix)).map(([, file]) => file.close()));
  }

  /** A request that cannot be logged is counted and told of; it is answered all the same. */
  private sinkTo(file: RecordFile, model: string, samplingRate: number): LogSink {
    const {tags, onLogged, log} = this.options;
    return call => {
      const context = {samplingRate, tags, seconds: Math.floor(Date.now() / 1000)};
      void file.append(encodePredictionLog(call, context)).then(
        () => onLogged(model, 'OK'),
        (error: unknown) => {
          const {code, message} = toStatusError(error);
          onLogged(model, code);
          if (message !== this.lastTrouble) log('error', `requests of ${model} are not logged: ${message}`);
          this.lastTrouble = message;
        },
      );
    };
  }
}
