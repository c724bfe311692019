import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {SymbolicTensor} from '@tensorflow/tfjs-node';
import {tf} from '../native/index.js';
import {encodeImage, SummaryWriter, tensorBoard, type Sample} from './index.js';
import {python, readBack} from './read-back.js';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'ingot-tensorboard-'))));
afterEach(() => rmSync(directory, {recursive: true}));

const x = tf.randomNormal([16, 3], 0, 1, 'float32', 1);
const y = tf.randomNormal([16, 2], 0, 1, 'float32', 2);
function model() {
  const layers = [
    tf.layers.dense({units: 4, activation: 'relu', inputShape: [3], name: 'hidden'}),
    tf.layers.dense({units: 2, name: 'out'}),
  ];
  const model = tf.sequential({layers});
  model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
  return model;
}

test('a fit writes histograms of weights, gradients and activations, the graph and step times', async () => {
  const warnings: string[] = [];
  await model().fit(x, y, {
    epochs: 2,
    batchSize: 8,
    verbose: 0,
    callbacks: tensorBoard(directory, {histogramFreq: 1, sample: {x, y}, warn: message => warnings.push(message)}),
  });
  expect(warnings).toEqual([]);
  const {values, graph} = readBack(join(directory, 'train'));
  const counted = (tag: string) =>
    values[tag]?.points.map(([, rows]) => (rows as number[][]).reduce((sum, row) => sum + (row[2] as number), 0));
  expect(counted('weights/hidden/kernel')).toEqual([12, 12]);
  expect(counted('weights/out/bias')).toEqual([2, 2]);
  expect(counted('gradients/hidden/kernel')).toEqual([12, 12]);
  expect(counted('activations/hidden')).toEqual([64, 64]);
  expect(counted('profile/step_ms_of_batches')).toEqual([2, 2]);
  expect(values['profile/step_ms']?.points).toHaveLength(2);
  expect(graph).toEqual(expect.arrayContaining(['hidden/kernel', 'out/bias']));
});

test('a layer that stands in two places has its activations in both; a sample that does not fit ends only its own', async () => {
  const [a, b] = [tf.input({shape: [3]}), tf.input({shape: [3]})];
  const shared = tf.layers.dense({units: 2, name: 'shared'});
  const both = [a, b].map(input => shared.apply(input) as SymbolicTensor);
  const outputs = tf.layers.add({name: 'sum'}).apply(both) as SymbolicTensor;
  const model = tf.model({inputs: [a, b], outputs});
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  const two = y.slice([0, 0], [-1, 2]);
  const warnings: string[] = [];
  const fit = (run: string, sample: Sample) =>
    model.fit([x, x], two, {
      epochs: 2,
      verbose: 0,
      callbacks: tensorBoard(join(directory, run), {histogramFreq: 1, sample, warn: message => warnings.push(message)}),
    });
  await fit('fits', {x: [x, x], y: two});
  const {values} = readBack(join(directory, 'fits/train'));
  expect(Object.keys(values).filter(tag => tag.startsWith('activations/'))).toEqual(
    expect.arrayContaining(['activations/shared', 'activations/shared_1', 'activations/sum']),
  );
  expect(warnings).toEqual([]);
  await fit('not', {x, y: two});
  expect(warnings).toEqual([expect.stringContaining('TensorBoard will not show gradients and activations of')]);
  expect(readBack(join(directory, 'not/train')).values['weights/shared/kernel']?.points).toHaveLength(2);
});

test("a weight whose values are all equal ends neither our training nor that with tfjs's own callback", async () => {
  const zeros = () => {
    const layers = [tf.layers.dense({units: 2, inputShape: [3], kernelInitializer: 'zeros', biasInitializer: 'zeros'})];
    const model = tf.sequential({layers});
    model.compile({optimizer: tf.train.sgd(0), loss: 'meanSquaredError'});
    return model;
  };
  const own = await zeros().fit(x, y, {
    epochs: 1,
    verbose: 0,
    callbacks: tensorBoard(join(directory, 'own'), {histogramFreq: 1}),
  });
  const tfjs = await zeros().fit(x, y, {
    epochs: 1,
    verbose: 0,
    callbacks: tf.node.tensorBoard(join(directory, 'tfjs'), {histogramFreq: 1}),
  });
  expect([own.epoch, tfjs.epoch]).toEqual([[0], [0]]);
  const read = Object.values(readBack(join(directory, 'tfjs/train')).values).filter(
    ({plugin}) => plugin === 'histograms',
  );
  expect(read.map(({points}) => points[0]?.[1])).toEqual([[[-0.5, 0.5, 6]], [[-0.5, 0.5, 2]]]);
});

test('the HParams dashboard finds the settings of a training', async () => {
  const hparams = {units: 4, optimizer: 'sgd', shuffled: true};
  await model().fit(x, y, {epochs: 1, verbose: 0, callbacks: tensorBoard(directory, {hparams, writeGraph: false})});
  const script = `
import json, sys, types
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from google.protobuf.json_format import MessageToDict
accumulator = EventAccumulator(sys.argv[1])
accumulator.Reload()
print(json.dumps({tag: MessageToDict(plugin_data_pb2.HParamsPluginData.FromString(content)) for tag, content in accumulator.PluginTagToContent("hparams").items()}))`;
  const found = JSON.parse(execFileSync(python, ['-c', script, directory], {encoding: 'utf8'})) as Record<
    string,
    Record<string, object>
  >;
  expect(found['_hparams_/session_start_info']?.['sessionStartInfo']).toMatchObject({hparams});
  expect(found['_hparams_/session_end_info']?.['sessionEndInfo']).toMatchObject({status: 'STATUS_SUCCESS'});
  expect(found['_hparams_/experiment']?.['experiment']).toMatchObject({
    hparamInfos: [
      {name: 'units', type: 'DATA_TYPE_FLOAT64'},
      {name: 'optimizer', type: 'DATA_TYPE_STRING'},
      {name: 'shuffled', type: 'DATA_TYPE_BOOL'},
    ],
  });
});

test('a PR curve has at each threshold the counts of predictions that reach it', () => {
  const writer = new SummaryWriter(directory);
  writer.prCurve('pr', [1, 0, 1, 0], [0.9, 0.6, 0.5, 0], 3);
  writer.close();
  const [truePositives, falsePositives, , , precision, recall] = readBack(directory).values['pr']
    ?.points[0]?.[1] as number[][];
  expect([truePositives?.[0], truePositives?.[100], truePositives?.[200]]).toEqual([2, 2, 0]);
  expect([falsePositives?.[0], falsePositives?.[100], falsePositives?.[200]]).toEqual([2, 1, 0]);
  expect(precision?.[100]).toBeCloseTo(2 / 3);
  expect([recall?.[0], recall?.[150]]).toEqual([1, 0.5]);
  expect(() => writer.prCurve('pr', [1], [1.5], 0)).toThrow('it must be a probability from 0 to 1');
});

test('vectors of the projector lie beside those written before', () => {
  const writer = new SummaryWriter(directory);
  const vectors = [
    [1, 2],
    [3, 4],
  ];
  writer.embedding({name: 'first', vectors, labels: ['a\tb', 'c']});
  writer.embedding({name: 'second', vectors});
  writer.embedding({name: 'first', vectors, labels: {word: ['a', 'b'], kind: ['x', 'y']}});
  writer.close();
  const config = readFileSync(join(directory, 'projector_config.pbtxt'), 'utf8');
  const script = `
import sys
from google.protobuf import text_format
from tensorboard.plugins.projector import projector_config_pb2
config = projector_config_pb2.ProjectorConfig()
text_format.Parse(open(sys.argv[1]).read(), config)
print(','.join(e.tensor_name + ':' + e.tensor_path + ':' + e.metadata_path for e in config.embeddings))`;
  const parsed = execFileSync(python, ['-c', script, join(directory, 'projector_config.pbtxt')], {
    encoding: 'utf8',
  }).trim();
  expect(parsed).toBe('second:second.vectors.tsv:,first:first.vectors.tsv:first.labels.tsv');
  expect(config).toContain('embeddings {');
  expect(readFileSync(join(directory, 'first.labels.tsv'), 'utf8')).toBe('word\tkind\na\tx\nb\ty\n');
  expect(() => writer.embedding({name: '../up', vectors})).toThrow('cannot be the name of an embedding');
});

test('a tensor becomes a PNG that reads back as it was', async () => {
  const pixels = tf.tensor3d([0, 255, 128, 1], [2, 2, 1], 'int32');
  const image = await encodeImage(pixels);
  expect(image).toMatchObject({width: 2, height: 2});
  expect(tf.node.decodePng(image.encoded).dataSync()).toEqual(pixels.dataSync());
});
