import {loadSavedModel, recordProfile, type LoadedSavedModel, type SessionOptions} from '@ingot/tensorflow/session';
import type {Engine, EngineRecording, LoadOptions} from './engine.js';

/** Runs models in this process, on TensorFlow's own threads. */
export class NativeEngine implements Engine {
  readonly ready = true;
  readonly losses: ReadonlyMap<string, number> = new Map();

  constructor(private readonly options: SessionOptions = {}) {}

  async load(directory: string, {tags, check}: LoadOptions): Promise<LoadedSavedModel> {
    await check?.();
    return loadSavedModel(directory, {...this.options, tags});
  }

  readonly record = async (options: Uint8Array): Promise<EngineRecording[]> => [
    {engine: '', ...recordProfile(options)},
  ];

  /** Each model is freed by its own `dispose`: nothing else is held here. */
  async close(): Promise<void> {}
}
