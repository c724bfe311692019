import {afterAll, afterEach, beforeAll, describe, expect, test} from '@jest/globals';
import {randomUUID} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {TestKernel} from './testing/client.js';

let kernel: TestKernel;

beforeAll(async () => {
  kernel = await TestKernel.start();
});

afterAll(() => kernel.stop());

test('100,000 printed lines arrive whole, in order and before idle', async () => {
  const {stdout, outputs} = await kernel.execute('for (let i = 0; i < 100_000; i++) console.log(`line ${i}`)');
  expect(stdout).toBe(Array.from({length: 100_000}, (_, i) => `line ${i}\n`).join(''));
  expect(outputs.length).toBeLessThan(5000);
});

test('2,000 displays in one cell, more than a socket takes at once, all arrive', async () => {
  const {outputs} = await kernel.execute('for (let i = 0; i < 2000; i++) display(i)');
  const shown = outputs.filter(({type}) => type === 'display_data').map(({content}) => content['data']);
  expect(shown).toEqual(Array.from({length: 2000}, (_, i) => ({'text/plain': String(i)})));
});

test('stdout, stderr and displays keep their order', async () => {
  const {outputs} = await kernel.execute("console.log('a'); console.error('b'); display('c'); console.log('d'); 'e'");
  expect(
    outputs.map(({type, content}) => (type === 'stream' ? `${content['name']} ${content['text']}` : type)),
  ).toEqual(['execute_input', 'stdout a\n', 'stderr b\n', 'display_data', 'stdout d\n', 'execute_result']);
});

/** A cell that prints and then blocks the thread until it is let go; it returns 'let go'. */
function startBlocked(printed: string) {
  const file = path.join(kernel.folder, `go-${randomUUID()}`);
  const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)';
  const go = JSON.stringify(file);
  const cell = kernel.execute(
    `console.log('${printed}'); while (!require('node:fs').existsSync(${go})) ${wait}; 'let go'`,
  );
  return {cell, letGo: () => writeFileSync(file, '')};
}

test('what a blocking cell prints arrives while it runs', async () => {
  const first = kernel.next('stream');
  const {cell, letGo} = startBlocked('early');
  expect((await first).content['text']).toBe('early\n');
  letGo();
  expect((await cell).text).toBe("'let go'");
});

test('a display is updated in place', async () => {
  const {outputs} = await kernel.execute(
    "display('1 %', {displayId: 'bar'}); display('2 %', {displayId: 'bar', update: true})",
  );
  const shown = outputs.slice(1).map(({type, content}) => [type, content['transient']]);
  expect(shown).toEqual([
    ['display_data', {display_id: 'bar'}],
    ['update_display_data', {display_id: 'bar'}],
  ]);
});

test('an error aborts the cells that wait, and the next one runs', async () => {
  const [failed, waiting] = await Promise.all([
    kernel.execute("await new Promise(r => setTimeout(r, 200)); throw new Error('x')"),
    kernel.execute('1'),
  ]);
  expect(failed.reply).toMatchObject({status: 'error', ename: 'Error', evalue: 'x'});
  expect(waiting.reply).toMatchObject({status: 'aborted'});
  expect((await kernel.execute('2')).text).toBe('2');
});

test('stop_on_error: false lets the cells that wait run', async () => {
  const [, waiting] = await Promise.all([
    kernel.execute("await new Promise(r => setTimeout(r, 200)); throw new Error('x')", {stop_on_error: false}),
    kernel.execute('3'),
  ]);
  expect(waiting.text).toBe('3');
});

test('a silent cell shows and counts nothing; user_expressions are evaluated', async () => {
  const before = await kernel.execute('10');
  const silent = await kernel.execute('11', {silent: true});
  expect(silent.outputs).toEqual([]);
  const after = await kernel.execute('const z = 5', {user_expressions: {twice: 'z * 2', bad: 'nope'}});
  expect(after.reply['execution_count']).toBe(Number(before.reply['execution_count']) + 1);
  expect(after.reply['user_expressions']).toMatchObject({
    twice: {status: 'ok', data: {'text/plain': '10'}},
    bad: {status: 'error', ename: 'ReferenceError'},
  });
});

describe('interrupt', () => {
  afterEach(async () => {
    expect((await kernel.execute('survivor')).text).toBe('42');
  });

  test.each([
    ['a loop that awaits', 'while (true) await new Promise(r => setTimeout(r, 5))'],
    ['a loop that never gives way', 'while (true);'],
    [
      'a loop that never gives way, after an await',
      'await 1; await new Promise(r => setTimeout(r, 20)); while (true);',
    ],
    ['a promise that never settles', 'await new Promise(() => {})'],
  ])('stops %s and keeps the variables', async (_, code) => {
    await kernel.execute('const survivor = 42');
    const cell = kernel.execute(`console.log('on'); ${code}`);
    await kernel.next('stream');
    await kernel.request('interrupt_request', {}, 'control');
    expect((await cell).reply).toMatchObject({status: 'error', ename: 'KeyboardInterrupt'});
  });

  test('comes by a signal as well', async () => {
    await kernel.execute('const survivor = 42');
    const cell = kernel.execute("console.log('on'); while (true) await new Promise(r => setTimeout(r, 5))");
    await kernel.next('stream');
    kernel.process.kill('SIGINT');
    expect((await cell).reply).toMatchObject({status: 'error', ename: 'KeyboardInterrupt'});
  });

  test('is not lost when it comes before the cell has started', async () => {
    await kernel.execute('const survivor = 42');
    const cell = kernel.execute('while (true);');
    await kernel.request('interrupt_request', {}, 'control');
    expect((await cell).reply).toMatchObject({status: 'error', ename: 'KeyboardInterrupt'});
  });

  test('in the middle of a gradient frees its tensors, and the next gradient is right', async () => {
    await kernel.execute("import * as tf from '@tensorflow/tfjs-node'; const survivor = 42; const two = tf.scalar(2)");
    const cell = kernel.execute(
      'tf.tidy(() => tf.grad((x: any) => { console.log("on"); while (true) x.square(); })(two))',
    );
    await kernel.next('stream');
    await kernel.request('interrupt_request', {}, 'control');
    expect((await cell).reply).toMatchObject({status: 'error', ename: 'KeyboardInterrupt'});
    // Besides `two`, only what the very instruction that was stopped had just made.
    expect(Number((await kernel.execute('tf.memory().numTensors')).text)).toBeLessThan(5);
    expect((await kernel.execute('tf.tidy(() => tf.grad((x: any) => x.square())(two).arraySync())')).text).toBe('4');
  });

  test('reaches code that listens, through the seam', async () => {
    const cell = kernel.execute(
      "const port = (globalThis as any)[Symbol.for('ingot.interrupt')]; console.log('on'); " +
        "await new Promise<void>(r => port.onInterrupt(() => { console.log('heard'); r(); }))",
    );
    await kernel.next('stream');
    await kernel.request('interrupt_request', {}, 'control');
    expect((await cell).stdout).toBe('on\nheard\n');
  });
});

test('prompt asks the front end and the answer goes on', async () => {
  const asked = kernel.next('input_request');
  const cell = kernel.execute("const named = prompt('Name?'); named.toUpperCase()", {allow_stdin: true});
  expect((await asked).content).toMatchObject({prompt: 'Name? ', password: false});
  await kernel.send('input_reply', {value: 'gold'}, 'stdin');
  expect((await cell).text).toBe("'GOLD'");
});

test('prompt where nobody can be asked says so', async () => {
  const {reply} = await kernel.execute("prompt('Name?')");
  expect(String(reply['evalue'])).toMatch(/takes no input/);
});

test('completion and documentation answer while a cell blocks', async () => {
  const started = kernel.next('stream');
  const {cell, letGo} = startBlocked('on');
  await started;
  const completed = await kernel.request('complete_request', {code: '[1].fla', cursor_pos: 7});
  expect(completed).toMatchObject({matches: ['flat', 'flatMap'], cursor_start: 4, cursor_end: 7});
  const inspected = await kernel.request('inspect_request', {code: 'Math.max', cursor_pos: 7, detail_level: 0});
  expect(JSON.stringify(inspected['data'])).toMatch(/max\(\.\.\.values: number\[\]\): number/);
  letGo();
  expect((await cell).text).toBe("'let go'");
});

test('completion inside unfinished code names what fits there', async () => {
  await kernel.execute('interface Options {units: number; unitName?: string}\nfunction layer(o: Options) { return o }');
  const completed = await kernel.request('complete_request', {code: 'layer({uni', cursor_pos: 10});
  expect(completed['matches']).toEqual(['units', 'unitName']);
});

test('positions count characters, not UTF-16 units', async () => {
  const code = "const s = '🪙'; [1].fla";
  const completed = await kernel.request('complete_request', {code, cursor_pos: [...code].length});
  expect(completed).toMatchObject({cursor_start: [...code].length - 3, cursor_end: [...code].length});
});

test('the deploy comm lists nothing and refuses with a remedy where no model is', async () => {
  await kernel.send('comm_open', {comm_id: 'c1', target_name: 'ingot.deploy', data: {}});
  const listed = kernel.next('comm_msg');
  await kernel.send('comm_msg', {comm_id: 'c1', data: {type: 'list', id: '1'}});
  expect((await listed).content).toEqual({comm_id: 'c1', data: {type: 'models', id: '1', models: []}});
  const refused = kernel.next('comm_msg');
  await kernel.send('comm_msg', {comm_id: 'c1', data: {type: 'stage', id: '2', model: 'gold', notebook: null}});
  const {data} = (await refused).content as {data: Record<string, unknown>};
  expect(data).toMatchObject({type: 'error', id: '2'});
  expect(data['remedy']).toMatch(/deployable/);
  expect(await kernel.request('comm_info_request', {})).toMatchObject({comms: {c1: {target_name: 'ingot.deploy'}}});
  await kernel.send('comm_close', {comm_id: 'c1', data: {}});
});

test('a comm of an unknown target is closed at once', async () => {
  const closed = kernel.next('comm_close');
  await kernel.send('comm_open', {comm_id: 'c2', target_name: 'nobody', data: {}});
  expect((await closed).content).toMatchObject({comm_id: 'c2'});
});

test('code in a cell opens a comm and hears its answers', async () => {
  const opened = kernel.next('comm_open');
  await kernel.execute(
    "const heard: unknown[] = []; const comm = (globalThis as any)[Symbol.for('ingot.comms')].open('jupyter.widget', {state: 1}); " +
      'comm.onMessage = (m: any) => { heard.push(m.data.x) }; comm.send({hello: 1})',
  );
  const {comm_id: id} = (await opened).content;
  await kernel.send('comm_msg', {comm_id: id, data: {x: 7}});
  expect((await kernel.execute('heard')).text).toBe('[ 7 ]');
});

test('process.exit says why and ends the kernel with the code', async () => {
  const other = await TestKernel.start();
  const {reply, stderr} = await other.execute('process.exit(3)');
  expect(stderr).toMatch(/called process\.exit\(3\)/);
  expect(reply).toMatchObject({status: 'error', ename: 'KernelExit'});
  expect(await other.ended).toBe(3);
  await other.stop();
});

test('a shutdown ends the kernel while a cell blocks', async () => {
  const other = await TestKernel.start();
  void other.execute("console.log('on'); while (true);");
  await other.next('stream');
  expect(await other.request('shutdown_request', {restart: false}, 'control')).toMatchObject({
    status: 'ok',
    restart: false,
  });
  await other.ended;
  await other.stop();
});

test('type errors stop a cell when asked to', async () => {
  const strict = await TestKernel.start({env: {INGOT_TYPE_ERRORS: 'stop'}});
  const {reply, stdout} = await strict.execute("console.log('ran'); const x: string = 1");
  expect(reply).toMatchObject({status: 'error', ename: 'TypeCheckError'});
  expect(stdout).toBe('');
  await strict.stop();
});
