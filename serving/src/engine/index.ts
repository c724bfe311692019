import type {Settings} from '../config/flags.js';
import {sessionOptions} from '../config/settings.js';
import {logToStderr as log} from '../log.js';
import type {Engine} from './engine.js';
import {NativeEngine} from './native.js';
import {SupervisedEngine} from './supervised.js';

/** The engine that the settings ask for. It starts at once; what it finds wrong is told by the first load. */
export function engineOf(settings: Settings): Engine {
  const session = sessionOptions(settings);
  if (!settings.engine_process) return new NativeEngine(session);
  const {engine_grace_in_ms: graceMs, engine_longest_run_in_ms: longestRunMs} = settings;
  return new SupervisedEngine({session, graceMs, longestRunMs, log});
}
