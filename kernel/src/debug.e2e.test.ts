import {afterAll, beforeAll, expect, test} from '@jest/globals';
import {TestKernel} from './testing/client.js';

let kernel: TestKernel;
let seq = 0;

type Body = Record<string, unknown>;

async function debug(command: string, given: Body = {}): Promise<Body> {
  const request = {type: 'request', seq: ++seq, command, arguments: given};
  const reply = await kernel.request('debug_request', request, 'control');
  expect(reply).toMatchObject({type: 'response', request_seq: seq, command, success: true});
  return reply['body'] as Body;
}

async function stopped(): Promise<Body> {
  for (;;) {
    const {content} = await kernel.next('debug_event');
    if (content['event'] === 'stopped') {
      return content['body'] as Body;
    }
  }
}

beforeAll(async () => {
  kernel = await TestKernel.start();
});

afterAll(() => kernel.stop());

const CELL = `interface Price {
  usd: number;
}
function add(price: Price, by: number): number {
  const sum = price.usd + by;
  return sum;
}
const total = add({usd: 40}, 2);
total`;

test('a breakpoint in a cell stops it; values are seen, steps go by its own lines, and it goes on', async () => {
  expect(await debug('debugInfo')).toMatchObject({isStarted: false, hashMethod: 'Murmur2'});
  await debug('initialize', {clientID: 'test', adapterID: 'ingot'});
  await debug('attach');
  const {sourcePath} = await debug('dumpCell', {code: CELL});
  const {breakpoints} = await debug('setBreakpoints', {source: {path: sourcePath}, breakpoints: [{line: 6}]});
  expect(breakpoints).toMatchObject([{verified: true, line: 6}]);
  await debug('configurationDone');

  const stop = stopped();
  const cell = kernel.execute(CELL);
  expect(await stop).toMatchObject({reason: 'breakpoint', threadId: 1});
  expect(await debug('debugInfo')).toMatchObject({isStarted: true, stoppedThreads: [1]});
  const {stackFrames} = (await debug('stackTrace', {threadId: 1})) as {stackFrames: Body[]};
  expect(stackFrames).toMatchObject([
    {name: 'add', line: 6, source: {path: sourcePath}},
    {name: '(cell)', line: 8, source: {path: sourcePath}},
  ]);
  const {scopes} = (await debug('scopes', {frameId: stackFrames[0]?.['id']})) as {scopes: Body[]};
  const {variables} = await debug('variables', {variablesReference: scopes[0]?.['variablesReference']});
  expect(variables).toEqual(
    expect.arrayContaining([
      expect.objectContaining({name: 'sum', value: '42'}),
      expect.objectContaining({name: 'price', value: 'Object {usd: 40}'}),
    ]),
  );
  expect(scopes.at(-1)).toMatchObject({name: 'notebook'});
  expect(await debug('evaluate', {expression: 'price.usd * 2', frameId: 0})).toMatchObject({result: '80'});

  const step = stopped();
  await debug('stepOut', {threadId: 1});
  expect(await step).toMatchObject({reason: 'step'});
  const {stackFrames: after} = (await debug('stackTrace', {threadId: 1})) as {stackFrames: Body[]};
  expect(after).toMatchObject([{name: '(cell)', source: {path: sourcePath}}]);
  await debug('continue', {threadId: 1});
  expect((await cell).text).toBe('42');
});

test('the variables of the notebook are listed without stopping it', async () => {
  const {variables} = await debug('inspectVariables');
  expect(variables).toEqual(expect.arrayContaining([expect.objectContaining({name: 'total', value: '42'})]));
});

test('a thrown error stops its cell when asked to, with the values that led to it', async () => {
  await debug('setExceptionBreakpoints', {filters: ['thrown']});
  const stop = stopped();
  const cell = kernel.execute(
    'function halve(n: number) {\n  if (n % 2) throw new RangeError(`${n} is odd`);\n}\nhalve(3)',
  );
  expect(await stop).toMatchObject({reason: 'exception'});
  const {stackFrames} = (await debug('stackTrace', {threadId: 1})) as {stackFrames: Body[]};
  expect(stackFrames[0]).toMatchObject({name: 'halve', line: 2});
  expect(await debug('evaluate', {expression: 'n', frameId: 0})).toMatchObject({result: '3'});
  await debug('setExceptionBreakpoints', {filters: []});
  await debug('continue', {threadId: 1});
  expect((await cell).reply).toMatchObject({status: 'error', evalue: '3 is odd'});
});

test('an interrupt ends a cell that is stopped', async () => {
  const stop = stopped();
  const cell = kernel.execute(CELL);
  await stop;
  await kernel.request('interrupt_request', {}, 'control');
  expect((await cell).reply['status']).toMatch(/ok|error/);
});

test('without a debugger nothing stops', async () => {
  await debug('disconnect');
  expect((await kernel.execute(CELL)).text).toBe('42');
});

test.each([
  ['variables', {variablesReference: 1}, {variables: []}],
  ['setBreakpoints', {source: {path: '/cell'}, breakpoints: [{line: 1}]}, {breakpoints: []}],
])('%s without a debugger is refused with an empty list, which JupyterLab reads', async (command, given, body) => {
  const request = {type: 'request', seq: ++seq, command, arguments: given};
  expect(await kernel.request('debug_request', request, 'control')).toMatchObject({success: false, body});
});

test('an unknown request is refused with its name', async () => {
  const request = {type: 'request', seq: ++seq, command: 'fly', arguments: {}};
  const reply = await kernel.request('debug_request', request, 'control');
  expect(reply).toMatchObject({success: false, command: 'fly'});
});
