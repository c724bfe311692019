import type {SessionOptions} from '@ingot/tensorflow/session';
import {StatusError, invalidArgument} from '../status/status.js';
import {parseFlags, type Settings} from './flags.js';

/** Flags of the original that would be wrong to ignore: what is said to whoever sets them. */
const REFUSED = {
  use_alts_credentials: "ALTS works between Google's own machines; use --ssl_config_file",
  platform_config_file: 'SavedModels of TensorFlow are the one platform here; give its settings as flags',
  prefer_tflite_model: 'TensorFlow Lite models are not served; leave it out to serve saved_model.pb',
  tensorflow_session_config_file:
    'give --tensorflow_intra_op_parallelism and --tensorflow_inter_op_parallelism, and the GPU settings as TF_* variables',
  thread_pool_factory_config_file: 'leave it out; --tensorflow_intra_op_parallelism sets how many threads compute',
  mixed_precision: 'leave it out; save the model in the precision that it is to run in',
} as const;

/**
 * The command line as the flags of tensorflow_model_server, or, where flags are missing, the environment that its container
 * knows: MODEL_NAME and MODEL_BASE_PATH.
 * @throws StatusError that says which setting is wrong.
 */
export function readSettings(args: readonly string[], environment: NodeJS.ProcessEnv): Settings {
  const settings = parseFlags(args);
  for (const [name, reason] of Object.entries(REFUSED)) {
    if (settings[name as keyof Settings])
      throw new StatusError('UNIMPLEMENTED', `--${name} is not supported: ${reason}`);
  }
  if (settings.rest_api_port > 0 && settings.rest_api_port === settings.port) {
    throw invalidArgument(`--port and --rest_api_port are both ${settings.port}; give them different ports`);
  }
  checkCombinations(settings);
  const {MODEL_NAME: name, MODEL_BASE_PATH: base} = environment;
  const unnamed = settings.model_base_path === '' && settings.model_config_file === '' && settings.model_root === '';
  if (!unnamed || (name === undefined && base === undefined)) return settings;
  const model = name ?? 'model';
  return {...settings, model_name: model, model_base_path: `${base ?? '/models'}/${model}`};
}

/** Combinations that the original refuses, because one of the two would silently have no effect. */
function checkCombinations(settings: Settings): void {
  if (settings.batching_parameters_file !== '' && !settings.enable_batching) {
    throw invalidArgument(
      '--batching_parameters_file is set without --enable_batching; add that, or leave the file out',
    );
  }
  const {tensorflow_session_parallelism: both, tensorflow_intra_op_parallelism: intra} = settings;
  if (both > 0 && intra > 0 && settings.tensorflow_inter_op_parallelism > 0) {
    throw invalidArgument(
      'Give either --tensorflow_session_parallelism or --tensorflow_intra_op_parallelism and ' +
        '--tensorflow_inter_op_parallelism, not all three',
    );
  }
  if (settings.model_options_file !== '' && !settings.engine_process) {
    throw invalidArgument('--model_options_file needs --engine_process: copies run in processes of their own');
  }
  const fraction = settings.per_process_gpu_memory_fraction;
  if (fraction < 0 || fraction > 1) {
    throw invalidArgument(`--per_process_gpu_memory_fraction is ${fraction}; it must be from 0 to 1`);
  }
  if (settings.port === 0 && settings.grpc_socket_path === '' && settings.rest_api_port === 0) {
    throw invalidArgument('Every door is closed: give --port, --grpc_socket_path or --rest_api_port');
  }
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

/** How TensorFlow may use threads and GPU memory; and a version is to be there soon. */
export function sessionOptions(settings: Settings): SessionOptions {
  const both = settings.tensorflow_session_parallelism;
  const intra = settings.tensorflow_intra_op_parallelism || both;
  const inter = settings.tensorflow_inter_op_parallelism || both;
  const fraction = settings.per_process_gpu_memory_fraction;
  return {
    threads: {...(intra > 0 && {intra}), ...(inter > 0 && {inter})},
    ...(fraction > 0 && {gpuMemoryFraction: fraction}),
    ...(settings.exact_numerics ? {exact: true} : {rewrittenOnce: true}),
  };
}
