import type {SessionOptions} from '@ingot/tensorflow/session';
import {StatusError, invalidArgument} from '../status/status.js';
import {parseFlags, type Settings} from './flags.js';

/**
 * The command line as the flags of tensorflow_model_server, or, where flags are missing, the environment that its container
 * knows: MODEL_NAME and MODEL_BASE_PATH.
 * @throws StatusError that says which setting is wrong.
 */
export function readSettings(args: readonly string[], environment: NodeJS.ProcessEnv): Settings {
  const settings = parseFlags(args);
  for (const name of ['use_alts_credentials', 'platform_config_file', 'prefer_tflite_model'] as const) {
    if (settings[name]) throw new StatusError('UNIMPLEMENTED', `--${name} is not supported; leave it out`);
  }
  if (settings.rest_api_port > 0 && settings.rest_api_port === settings.port) {
    throw invalidArgument(`--port and --rest_api_port are both ${settings.port}; give them different ports`);
  }
  const {MODEL_NAME: name, MODEL_BASE_PATH: base} = environment;
  const unnamed = settings.model_base_path === '' && settings.model_config_file === '' && settings.model_root === '';
  if (!unnamed || (name === undefined && base === undefined)) return settings;
  const model = name ?? 'model';
  return {...settings, model_name: model, model_base_path: `${base ?? '/models'}/${model}`};
}

/** --grpc_channel_arguments: "key=value,key=value", values that are integers as such. */
export function channelArguments(text: string): Record<string, string | number> {
  const pairs = text.split(',').filter(pair => pair !== '');
  return Object.fromEntries(
    pairs.map(pair => {
      const [key = '', value = ''] = pair.split('=');
      if (key === '' || !pair.includes('=')) {
        throw invalidArgument(`--grpc_channel_arguments has "${pair}", which is not key=value`);
      }
      return [key, /^-?\d+$/.test(value) ? Number(value) : value];
    }),
  );
}

/** How TensorFlow may use threads. */
export function sessionOptions(settings: Settings): SessionOptions {
  const both = settings.tensorflow_session_parallelism;
  const intra = settings.tensorflow_intra_op_parallelism || both;
  const inter = settings.tensorflow_inter_op_parallelism || both;
  return {threads: {...(intra > 0 && {intra}), ...(inter > 0 && {inter})}};
}
