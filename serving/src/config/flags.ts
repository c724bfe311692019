import {invalidArgument} from '../status/status.js';

/** The command line: TensorFlow Serving's flags with its defaults, and our own. */

type Kind = 'integer' | 'number' | 'boolean' | 'text';
interface Flag<K extends Kind, V> {
  readonly kind: K;
  readonly initial: V;
  readonly help: string;
  /** Taken, so that a command line need not change; `help` says why it changes nothing. */
  readonly ignored?: boolean;
}
const integer = (initial: number, help: string): Flag<'integer', number> => ({kind: 'integer', initial, help});
const number = (initial: number, help: string): Flag<'number', number> => ({kind: 'number', initial, help});
const boolean = (initial: boolean, help: string): Flag<'boolean', boolean> => ({kind: 'boolean', initial, help});
const text = (initial: string, help: string): Flag<'text', string> => ({kind: 'text', initial, help});

const ignored = <K extends Kind, V>(flag: Flag<K, V>): Flag<K, V> => ({
  ...flag,
  help: `No effect: ${flag.help}`,
  ignored: true,
});
const REFUSED = 'Not supported: an error when set';

export const FLAGS = {
  port: integer(8500, 'Port of the gRPC door; 0 closes it, -1 takes any free one'),
  grpc_socket_path: text('', 'Unix socket on which the gRPC door listens, too'),
  rest_api_port: integer(0, 'Port of the REST door; 0 closes it, -1 takes any free one'),
  rest_api_num_threads: ignored(
    integer(0, 'one event loop reads and writes for all connections, models run on threads of their own'),
  ),
  rest_api_timeout_in_ms: integer(30_000, 'How long a REST request may run'),
  rest_api_enable_cors_support: boolean(false, 'Answer with CORS headers, so that pages of other origins may call'),
  enable_batching: boolean(false, 'Batch with the fixed parameters of TensorFlow Serving instead of adaptively'),
  allow_version_labels_for_unavailable_models: boolean(
    false,
    'Let a reload give a new label to a version that is not loaded',
  ),
  batching_parameters_file: text('', 'BatchingParameters in protobuf text form'),
  enable_per_model_batching_parameters: boolean(false, "Read batching_params.pbtxt of each version's folder"),
  model_config_file: text(
    '',
    'ModelServerConfig in protobuf text form: the models to serve; --model_name is ignored then',
  ),
  model_config_file_poll_wait_seconds: number(
    0,
    'Seconds between two looks at --model_config_file; 0: only at the start',
  ),
  model_name: text('default', 'Name of the single model'),
  model_base_path: text('', 'Folder of the single model, in which its numbered versions lie'),
  num_load_threads: integer(0, 'Loads that run at once; 0: as many as there are processors'),
  num_unload_threads: ignored(integer(0, 'unloading never holds anything up here')),
  max_num_load_retries: integer(5, 'Attempts after a load failed; then only a change of its files brings another'),
  load_retry_interval_micros: integer(60_000_000, 'Longest pause between two attempts'),
  file_system_poll_wait_seconds: number(1, 'Seconds between two looks for new versions; 0: only at the start'),
  flush_filesystem_caches: ignored(boolean(true, 'the kernel drops what it needs to')),
  tensorflow_session_parallelism: integer(0, 'Threads inside and between ops of a run; 0: TensorFlow decides'),
  tensorflow_session_config_file: text('', REFUSED),
  tensorflow_intra_op_parallelism: integer(0, 'Threads inside one op; 0: TensorFlow decides'),
  tensorflow_inter_op_parallelism: integer(0, 'Ops that run side by side; 0: TensorFlow decides'),
  use_alts_credentials: boolean(false, REFUSED),
  ssl_config_file: text('', 'SSLConfig in protobuf text form; both doors use it'),
  platform_config_file: text('', REFUSED),
  per_process_gpu_memory_fraction: number(
    0,
    "Share of a GPU's memory that may be taken, up to 1; 0: all of it, as it is needed, never at once",
  ),
  saved_model_tags: text('serve', 'Comma-separated tags of the graph to load'),
  grpc_channel_arguments: text('', 'Comma-separated key=value options of the gRPC server'),
  grpc_max_threads: ignored(
    integer(0, 'one event loop reads and writes for all connections, models run on threads of their own'),
  ),
  enable_model_warmup: boolean(
    true,
    'Run the warm-up records of a version before it answers, and one that nobody has asked in the background',
  ),
  num_request_iterations_for_warmup: integer(0, 'How often each warm-up record runs; 0: once'),
  version: boolean(false, 'Print the version and end'),
  monitoring_config_file: text('', 'MonitoringConfig in protobuf text form'),
  remove_unused_fields_from_bundle_metagraph: ignored(
    boolean(true, 'only the signatures of a MetaGraphDef are kept, always'),
  ),
  prefer_tflite_model: boolean(false, REFUSED),
  num_tflite_pools: ignored(integer(0, 'TensorFlow Lite models are not served')),
  num_tflite_interpreters_per_pool: ignored(integer(0, 'TensorFlow Lite models are not served')),
  enable_signature_method_name_check: boolean(
    false,
    'Check the method name of a signature before classify and regress',
  ),
  xla_cpu_compilation_enabled: ignored(boolean(false, 'TensorFlow decides; set TF_XLA_FLAGS')),
  xla_gpu_compilation_enabled: ignored(boolean(false, 'TensorFlow decides; set TF_XLA_FLAGS')),
  enable_profiler: boolean(true, 'Serve tensorflow.ProfilerService'),
  thread_pool_factory_config_file: text('', REFUSED),
  mixed_precision: text('', REFUSED),
  skip_initialize_tpu: ignored(boolean(false, 'TPUs are not used')),
  enable_grpc_healthcheck_service: ignored(boolean(false, 'grpc.health.v1.Health is always served')),
  enable_serialization_as_tensor_content: boolean(false, 'Answer gRPC Predict with tensor_content instead of *_val'),

  host: text('127.0.0.1', 'Address on which the doors listen'),
  model_root: text('', 'Folder of models: every folder in it with a numbered version is one'),
  state_dir: text('', 'Folder in which the server keeps what it is told of models over --admin_port'),
  admin_port: integer(0, 'Port of the admin API, which controls models; 0 closes it, -1 takes any free one'),
  admin_host: text('127.0.0.1', 'Address on which the admin API listens'),
  admin_token_file: text('', 'File with the token of the admin API; without it INGOT_SERVING_TOKEN holds the token'),
  api_token_file: text(
    '',
    'File with the token that every request must carry as "Authorization: Bearer TOKEN", on both doors; health checks need none',
  ),
  access_log: boolean(false, 'One line for each request on stdout'),
  log_format: text('text', 'How log lines look: text or json'),
  rest_api_max_body_bytes: integer(256 * 1024 * 1024, 'Largest body of a REST request'),
  rest_api_request_timeout_in_ms: integer(120_000, 'Time within which a request must have arrived, a gRPC message too'),
  adaptive_batching: boolean(true, 'Batch by learned run times and arrivals, unless --enable_batching is set'),
  batching_latency_target_ms: number(100, 'Adaptive batches stay small enough to run within half of it'),
  batching_max_queued_requests: integer(
    2048,
    'Requests that wait for one signature, batched or not; the next is refused with a 503',
  ),
  request_log_max_file_bytes: integer(
    64 * 1024 * 1024,
    'Size at which a file of logged requests is closed and the next begun',
  ),
  request_log_max_total_bytes: integer(
    1024 * 1024 * 1024,
    'Size of all files of logged requests of one prefix; the oldest go',
  ),
  rehearsal_requests: integer(
    3000,
    'Requests that the server sends by each of its doors to a small model of its own once the models are loaded, on a port ' +
      'of this machine, so that its code is compiled before clients come: a second or two of a processor. 0: none',
  ),
  model_memory_budget_mb: integer(
    0,
    'Memory for models; those that were not asked for the longest leave it, and come back when asked. 0: no limit',
  ),
  model_options_file: text(
    '',
    'JSON: copies, threads, devices and response cache of single models; see docs/operate.md',
  ),
  exact_numerics: boolean(
    false,
    'Run models op by op, each op as TensorFlow computes it without oneDNN: the same bits as in a notebook, at several times the cost',
  ),
  engine_process: boolean(true, 'Run models in a process of its own, so that no crash in TensorFlow ends the server'),
  engine_grace_in_ms: integer(5000, 'How long after its deadline a run that does not end ends the engine'),
  engine_longest_run_in_ms: integer(600_000, 'The same for a run without a deadline, since it began'),
  engine_max_answer_bytes: integer(
    512 * 1024 * 1024,
    'Outputs of one run, which may be that of a batch; requests whose run answers with more are refused',
  ),
  grpc_max_message_bytes: integer(0, 'Largest gRPC message; 0: 2 GiB, as the original'),
  max_bodies_in_flight_mb: integer(
    0,
    'Bodies and messages over 64 KB that are read or answered at once, over all doors, and answers that are not read yet; the ' +
      'next is refused with a 503. 0: an eighth of the memory',
  ),
} as const;

type Values = {
  [N in keyof typeof FLAGS]: (typeof FLAGS)[N]['initial'] extends boolean
    ? boolean
    : (typeof FLAGS)[N]['initial'] extends number
      ? number
      : string;
};
export type Settings = Readonly<Values>;

/**
 * Reads `--name=value`, `--name value`, and `--name` or `--noname` for booleans.
 * @throws StatusError INVALID_ARGUMENT that names an unknown flag or a value of the wrong kind.
 */
export function parseFlags(args: readonly string[]): Settings {
  const values: Record<string, string | number | boolean> = {};
  for (const [name, flag] of Object.entries(FLAGS)) values[name] = flag.initial;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] as string;
    const match = /^--?([A-Za-z0-9_]+)(?:=([\s\S]*))?$/.exec(argument);
    const name = match?.[1] ?? '';
    const negated = name.startsWith('no') ? flagOf(name.slice(2)) : undefined;
    if (negated?.kind === 'boolean' && match?.[2] === undefined) {
      values[name.slice(2)] = false;
      continue;
    }
    const flag = flagOf(name);
    if (flag === undefined) throw invalidArgument(`unknown argument: ${argument}; --help lists what there is`);
    const next = args[i + 1];
    let value = match?.[2];
    if (value === undefined && flag.kind === 'boolean') {
      value = next === 'true' || next === 'false' ? next : 'true';
      if (value === next) i++;
    } else if (value === undefined) {
      if (next === undefined) throw invalidArgument(`--${name} needs a value`);
      value = next;
      i++;
    }
    values[name] = convert(name, flag.kind, value);
  }
  return values as Settings;
}

function flagOf(name: string): Flag<Kind, unknown> | undefined {
  return Object.hasOwn(FLAGS, name) ? FLAGS[name as keyof Settings] : undefined;
}

function convert(name: string, kind: Kind, value: string): string | number | boolean {
  if (kind === 'text') return value;
  if (kind === 'boolean') {
    if (/^(true|1)$/i.test(value)) return true;
    if (/^(false|0)$/i.test(value)) return false;
    throw invalidArgument(`--${name} is "${value}"; it must be true or false`);
  }
  const number = Number(value);
  const valid = value.trim() !== '' && (kind === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number));
  if (!valid)
    throw invalidArgument(`--${name} is "${value}"; it must be ${kind === 'integer' ? 'a whole' : 'a'} number`);
  return number;
}

/** A sentence for each flag that was set and changes nothing here. */
export function ineffective(settings: Settings): string[] {
  return Object.entries(FLAGS).flatMap(([name, flag]: [string, Flag<Kind, unknown>]) =>
    flag.ignored && settings[name as keyof Settings] !== flag.initial ? [`--${name} has ${lowerFirst(flag.help)}`] : [],
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The text of --help. */
export function flagHelp(): string {
  const lines = Object.entries(FLAGS).map(([name, {initial, help}]) => `  --${name}=${initial}\n      ${help}.`);
  return `ingot-serving: a model server that speaks TensorFlow Serving's REST and gRPC.\n\n${lines.join('\n')}\n`;
}
