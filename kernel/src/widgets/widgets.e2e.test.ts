import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {TestKernel} from '../testing/client.js';
import type {Content, Header} from '../wire/message.js';

/** The front end's half, as ipywidgets speaks it. */

let kernel: TestKernel;

beforeAll(async () => {
  kernel = await TestKernel.start();
  await kernel.execute("import * as widgets from 'ingot/widgets'");
});

afterAll(() => kernel.stop());

const data = (content: Content) => content['data'] as Content;

test('a slider is opened with its model, moved by hand, heard of beneath its own cell, and echoed', async () => {
  const opened = kernel.next('comm_open');
  const cell = await kernel.execute(
    'const slider = new widgets.IntSlider({value: 7, max: 20});' +
      'slider.observe(({value, old}) => console.log(`${old} -> ${value}`)); slider',
  );
  const {content, metadata} = await opened;
  expect(metadata).toEqual({version: '2.1.0'});
  expect(content['target_name']).toBe('jupyter.widget');
  expect(data(content)['state']).toMatchObject({
    _model_name: 'IntSliderModel',
    _model_module: '@jupyter-widgets/controls',
    _view_name: 'IntSliderView',
    value: 7,
    max: 20,
  });
  const view = cell.outputs.find(({type}) => type === 'execute_result')?.content['data'] as Content;
  const id = content['comm_id'];
  expect(view['application/vnd.jupyter.widget-view+json']).toMatchObject({model_id: id, version_major: 2});
  await kernel.execute("'another cell'");

  const [printed, echoed] = [kernel.next('stream'), kernel.next('comm_msg')];
  await kernel.send('comm_msg', {comm_id: id, data: {method: 'update', state: {value: 9}, buffer_paths: []}});
  expect(data((await echoed).content)).toEqual({method: 'echo_update', state: {value: 9}, buffer_paths: []});
  const {content: stream, parent} = await printed;
  expect(stream['text']).toBe('7 -> 9\n');
  expect((parent as Header).msg_id).toBe(cell.id);
  expect((await kernel.execute('slider.value')).text).toBe('9');
});

test('a value set by code reaches the page', async () => {
  await kernel.execute('const bar = new widgets.IntProgress()');
  const told = kernel.next('comm_msg');
  await kernel.execute('bar.value = 60');
  expect(data((await told).content)).toEqual({method: 'update', state: {value: 60}, buffer_paths: []});
});

test('a click is heard; what its listener throws is shown and ends nothing', async () => {
  const opened = kernel.next('comm_open');
  await kernel.execute("const button = new widgets.Button(); button.onClick(() => { throw new Error('in a click') })");
  const {comm_id} = (await opened).content;
  const shown = kernel.next('stream');
  await kernel.send('comm_msg', {comm_id, data: {method: 'custom', content: {event: 'click'}}});
  expect((await shown).content).toMatchObject({name: 'stderr', text: expect.stringContaining('in a click')});
  expect((await kernel.execute('1')).text).toBe('1');
});

test('a page that is loaded anew gets all that is open, and nothing that was closed', async () => {
  await kernel.execute("const closed = new widgets.Label({value: 'closed'}); closed.close()");
  await kernel.send('comm_open', {comm_id: 'control', target_name: 'jupyter.widget.control', data: {}});
  const answered = kernel.next('comm_msg');
  await kernel.send('comm_msg', {comm_id: 'control', data: {method: 'request_states'}});
  const {method, states} = data((await answered).content);
  expect(method).toBe('update_states');
  const models = Object.values(states as Record<string, {model_name: string; state: Content}>);
  expect(models.find(({model_name: name}) => name === 'IntSliderModel')?.state['value']).toBe(9);
  expect(models.some(({state}) => state['value'] === 'closed')).toBe(false);
});

test('interact shows what the function returns, and anew when a control is moved', async () => {
  const opened = kernel.next('comm_open');
  const cell = await kernel.execute(
    "widgets.interact({days: 30, metal: ['gold', 'silver']}, ({days, metal}) => `${days} days of ${metal}`)",
  );
  const {comm_id} = (await opened).content;
  const shown = cell.outputs.filter(({type}) => type === 'update_display_data');
  expect(shown.map(({content}) => data(content))).toEqual([{'text/plain': "'30 days of gold'"}]);
  const updated = kernel.next('update_display_data');
  await kernel.send('comm_msg', {comm_id, data: {method: 'update', state: {value: 31}, buffer_paths: []}});
  const {content} = await updated;
  expect(data(content)).toEqual({'text/plain': "'31 days of gold'"});
  expect(content['transient']).toEqual(shown[0]?.content['transient']);
});
