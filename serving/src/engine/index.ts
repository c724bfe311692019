import type {Settings} from '../config/flags.js';
import {sessionOptions} from '../config/settings.js';
import {writeOut, type Log} from '../log.js';
import {EngineGroups} from '../placement/engine-groups.js';
import {NO_OPTIONS, type OptionsSource} from '../placement/options-file.js';
import {PlacedEngine} from '../placement/placed-engine.js';
import {environmentOf, EXACT_ENVIRONMENT, nameOf, sessionOf} from '../placement/placement.js';
import type {Engine} from './engine.js';
import {NativeEngine} from './native.js';
import {SupervisedEngine} from './supervised.js';

/** The engine that the settings ask for. It starts at once; what it finds wrong is told by the first load. */
export function engineOf(settings: Settings, log: Log, options: OptionsSource = NO_OPTIONS): Engine {
  const session = sessionOptions(settings);
  const ownEnvironment = settings.exact_numerics ? EXACT_ENVIRONMENT : {};
  if (!settings.engine_process) {
    Object.assign(process.env, ownEnvironment);
    return new NativeEngine(session);
  }
  const limits = {
    graceMs: settings.engine_grace_in_ms,
    longestRunMs: settings.engine_longest_run_in_ms,
    maxAnswerBytes: settings.engine_max_answer_bytes,
    onStderr: (text: Buffer): void => writeOut(process.stderr, text),
  };
  const shared = new SupervisedEngine({...limits, session, log, env: ownEnvironment});
  if (options === NO_OPTIONS) return shared;
  const groups = new EngineGroups(shared, placement => {
    const env = {...ownEnvironment, ...environmentOf(placement, process.env['CUDA_VISIBLE_DEVICES'])};
    const name = nameOf(placement);
    return new SupervisedEngine({...limits, session: sessionOf(placement, session), log, env, name});
  });
  return new PlacedEngine(groups, options, log);
}
