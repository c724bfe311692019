import {ineffective, parseFlags} from './flags.js';
import {channelArguments, readSettings} from './settings.js';

test('all spellings of a flag are read', () => {
  const settings = parseFlags([
    '--port=1',
    '--rest_api_port',
    '2',
    '--enable_batching',
    '--model_name=a=b',
    '-host=::1',
  ]);
  expect(settings).toMatchObject({port: 1, rest_api_port: 2, enable_batching: true, model_name: 'a=b', host: '::1'});
  expect(parseFlags(['--noadaptive_batching', '--noenable_batching', '--num_load_threads=2'])).toMatchObject({
    adaptive_batching: false,
    enable_batching: false,
    num_load_threads: 2,
  });
  expect(parseFlags(['--enable_model_warmup=false', '--enable_batching', 'false'])).toMatchObject({
    enable_model_warmup: false,
    enable_batching: false,
  });
});

test.each([
  [['--no_such_flag=1'], 'unknown argument: --no_such_flag=1'],
  [['--__proto__=1'], 'unknown argument'],
  [['stray'], 'unknown argument: stray'],
  [['--port=x'], '--port is "x"; it must be a whole number'],
  [['--port'], '--port needs a value'],
  [['--enable_batching=maybe'], '--enable_batching is "maybe"'],
  [['--port=8501', '--rest_api_port=8501'], '--port and --rest_api_port are both 8501'],
  [['--nomodel_name'], 'unknown argument: --nomodel_name'],
  [['--batching_parameters_file=/b'], '--batching_parameters_file is set without --enable_batching'],
  [
    [
      '--tensorflow_session_parallelism=1',
      '--tensorflow_intra_op_parallelism=1',
      '--tensorflow_inter_op_parallelism=1',
    ],
    'not all three',
  ],
  [['--port=0', '--rest_api_port=0'], 'Every door is closed'],
  [['--use_alts_credentials'], '--use_alts_credentials is not supported: ALTS works'],
  [['--mixed_precision=bfloat16'], '--mixed_precision is not supported: leave it out'],
])('%j is an error', (args, message) => {
  expect(() => readSettings(args, {})).toThrow(message);
});

test("the container's environment names the model, and flags go before it", () => {
  expect(readSettings([], {MODEL_NAME: 'gold'}).model_base_path).toBe('/models/gold');
  expect(readSettings([], {MODEL_BASE_PATH: '/m'})).toMatchObject({model_name: 'model', model_base_path: '/m/model'});
  expect(readSettings(['--model_root=/r'], {MODEL_NAME: 'gold'}).model_base_path).toBe('');
});

test('channel arguments are numbers where they can be', () => {
  expect(channelArguments('grpc.max_connection_age_ms=2000,a=b')).toEqual({'grpc.max_connection_age_ms': 2000, a: 'b'});
  expect(() => channelArguments('x')).toThrow('not key=value');
});

test('a flag that was set and has no effect is said, with the reason', () => {
  expect(ineffective(parseFlags([]))).toEqual([]);
  expect(ineffective(parseFlags(['--num_unload_threads=2', '--port=1', '--noflush_filesystem_caches']))).toEqual([
    '--num_unload_threads has no effect: unloading never holds anything up here',
    '--flush_filesystem_caches has no effect: the kernel drops what it needs to',
  ]);
});
