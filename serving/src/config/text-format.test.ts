import {messages} from '../codec/proto.js';
import {parse as parseBatching} from './batching.js';
import {modelConfigs, type PlainServerConfig} from './model-config.js';
import {parseTextFormat} from './text-format.js';

const server = (text: string): PlainServerConfig => parseTextFormat(messages.ModelServerConfig, text);

test('everything that the text form allows is read', () => {
  const config = server(`
    model_config_list: { # a comment
      config < name: 'gold', base_path: "/models/" "gold\\x31" model_platform: "tensorflow";
        model_version_policy { specific { versions: 42 versions: [0x2b, 44] } }
        version_labels { key: 'stable' value: 42 } version_labels: { key: "canary", value: 43 }
        logging_config { log_collector_config { filename_prefix: '/l' } sampling_config { sampling_rate: 0.1f } } >,
      config { name: "b" base_path: "/b" model_platform: "tensorflow" model_version_policy { all: {} } }
    }`);
  expect(modelConfigs(config)).toEqual([
    {
      name: 'gold',
      basePath: '/models/gold1',
      policy: {kind: 'specific', versions: [42n, 43n, 44n]},
      labels: new Map([
        ['stable', 42n],
        ['canary', 43n],
      ]),
      logging: {filenamePrefix: '/l', samplingRate: 0.1},
    },
    {name: 'b', basePath: '/b', policy: {kind: 'all'}, labels: new Map()},
  ]);
});

test.each([
  ['improperly formatted file', 'line 1'],
  ['model_config_list {\n config { nam: "a" } }', 'line 2: ModelConfig has no field "nam"'],
  ['model_config_list { config { name: 5 } }', 'expected a quoted text'],
  ['model_config_list { config { name: "a" name: "b" } }', 'name is given twice'],
  ['model_config_list { config {', 'found the end'],
])('%j is refused with the place', (text, message) => {
  expect(() => server(text)).toThrow(message);
});

test.each([
  ['name: "a" base_path: "rel" model_platform: "tensorflow"', 'Expected model a to have an absolute path'],
  ['name: "a" base_path: "/a"', 'Illegal setting neither'],
  ['name: "a" base_path: "/a" model_platform: "torch"', 'this server runs "tensorflow" only'],
])('a model with %s is refused', (model, message) => {
  expect(() => modelConfigs(server(`model_config_list { config { ${model} } }`))).toThrow(message);
});

test('batching sizes that contradict each other are refused', () => {
  expect(() => parseBatching('max_batch_size { value: 8 } allowed_batch_sizes: 4')).toThrow(
    'Last entry in allowed_batch_sizes must match max_batch_size; last entry was 4; expected 8',
  );
  expect(() => parseBatching('allowed_batch_sizes: [4, 2]')).toThrow('monotonically increasing');
  expect(parseBatching('max_batch_size { value: 8 }\nallowed_batch_sizes: [2, 8]').allowedBatchSizes).toEqual([2, 8]);
});
