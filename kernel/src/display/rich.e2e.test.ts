import {TestKernel} from '../testing/client.js';

/** Values of the packages that data scientists use, in a real kernel: what a front end gets to show. */
let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
  const {reply} = await kernel.execute(`
    import * as tf from '@tensorflow/tfjs-node';
    import * as arrow from 'apache-arrow';
    import * as aq from 'arquero';
    import * as Plot from '@observablehq/plot';
    import {JSDOM} from 'jsdom';
    const {document} = new JSDOM('').window;
    const pixels = tf.range(0, 2 * 8 * 9 * 3).mod(255).toInt().reshape([2, 8, 9, 3]) as tf.Tensor4D;
  `);
  expect(reply).toMatchObject({status: 'ok'});
}, 60_000);
afterAll(() => kernel.stop());

async function shown(code: string): Promise<Record<string, unknown>> {
  const {outputs} = await kernel.execute(code);
  const output = outputs.find(({type}) => type === 'execute_result' || type === 'display_data');
  return (output?.content['data'] ?? {}) as Record<string, unknown>;
}

const ARROW = `arrow.tableFromArrays({
  id: Int32Array.from([1, 2]), name: ['a', '<b>'], at: [new Date('2024-05-06T07:08:09Z'), null], big: [2n ** 60n, 1n],
})`;

test.each<[string, string, string, RegExp]>([
  ['an Arrow table', ARROW, 'text/html', /<td[^>]*>&lt;b&gt;<\/td>.*2 rows × 4 columns/],
  ["an Arrow table's times and large integers", ARROW, 'text/plain', /2024-05-06T07:08:09.*1152921504606846976/],
  [
    'a long Arrow table',
    'arrow.tableFromArrays({x: Float64Array.from({length: 1e5}, (_, row) => row)})',
    'text/plain',
    /\n *19\n100,000 rows × 1 column$/,
  ],
  [
    'an Arquero table',
    "aq.table({g: ['a', 'b', 'a'], x: [1, 2, 3]}).groupby('g').rollup({mean: aq.op.mean('x')})",
    'text/html',
    /<th[^>]*>mean<\/th>.*<td[^>]*>2<\/td>.*2 rows × 2 columns/,
  ],
  ['a plot', 'Plot.plot({document, marks: [Plot.dot([[1, 2]])]})', 'image/svg+xml', /^<svg xmlns=.*<circle /s],
  [
    'a plot with a legend',
    "Plot.plot({document, color: {legend: true}, marks: [Plot.dot([{x: 1, c: 'a'}], {x: 'x', fill: 'c'})]})",
    'text/html',
    /^<figure .*<svg /s,
  ],
  [
    'a Vega-Lite chart',
    "({$schema: 'https://vega.github.io/schema/vega-lite/v5.json', mark: 'bar'})",
    'application/vnd.vegalite.v5+json',
    /"mark":"bar"/,
  ],
  [
    'a Vega chart',
    "({$schema: 'https://vega.github.io/schema/vega/v5.json'})",
    'application/vnd.vega.v5+json',
    /schema/,
  ],
  [
    'a PNG file',
    'await tf.node.encodePng(pixels.slice([0], [1]).squeeze([0]) as tf.Tensor3D)',
    'image/png',
    /^iVBORw0K/,
  ],
  [
    'a JPEG file',
    'await tf.node.encodeJpeg(pixels.slice([0], [1]).squeeze([0]) as tf.Tensor3D)',
    'image/jpeg',
    /^\/9j\//,
  ],
  ['HTML', "display.html('<i>a</i>')", 'text/html', /^<i>a<\/i>$/],
  ['Markdown', "display.markdown('# a')", 'text/markdown', /^# a$/],
  ['LaTeX', "display.latex('$a$')", 'text/latex', /^\$a\$$/],
  ['SVG', "display.svg('<svg/>')", 'image/svg+xml', /^<svg\/>$/],
  ['a tensor', 'tf.ones([1000, 1000])', 'text/plain', /^Tensor float32 \[1000, 1000\]\n.*\.\.\..{0,20}/],
  [
    'a model',
    "tf.sequential({layers: [tf.layers.dense({name: 'hidden', units: 2, inputShape: [3]})]})",
    'text/plain',
    /^layer .*\nhidden +Dense +\[\?, 2\] +8\nSequential ".*", 8 parameters$/s,
  ],
  ['a map and a set', "new Map([['a', new Set([1])]])", 'text/plain', /^Map\(1\) { 'a' => Set\(1\) { 1 } }$/],
  ['a date', 'new Date(0)', 'text/plain', /^1970-01-01T00:00:00\.000Z$/],
  [
    'a typed array, cut',
    'new Float32Array(1e6).fill(2)',
    'text/plain',
    /^Float32Array\(1000000\) \[[\s2,.]{200,600} 999900 more items/,
  ],
  ['a text, cut', "'x'.repeat(1e6)", 'text/plain', /^'x{10000}'\.\.\. 990000 more characters$/],
  [
    "an error as a value, with its cause and without the kernel's own frames",
    "new RangeError('low', {cause: new TypeError('why')})",
    'text/plain',
    /^RangeError: low\n +at .*cell\[\d+\]\.ts:1:\d+\ncaused by TypeError: why\n +at .*cell\[\d+\]\.ts:1:\d+$/,
  ],
  [
    'an object whose own view fails',
    "({[Symbol.for('Jupyter.display')]() { throw new Error('own'); }})",
    'text/plain',
    /its rich view failed: Error: own/,
  ],
])('%s', async (_, code, mime, content) => {
  const bundle = await shown(code);
  const value = bundle[mime];
  expect(typeof value === 'string' ? value : JSON.stringify(value)).toMatch(content);
  expect(typeof bundle['text/plain']).toBe('string');
});

/** What an image file holds, by tfjs's own decoder. */
const decoded = (base64: unknown) => `(tf.node.decodeImage(Buffer.from('${String(base64)}', 'base64')) as tf.Tensor3D)`;

test('a tensor that is an image is shown as that image', async () => {
  const png = (await shown('pixels.slice([0], [1]).squeeze([0])'))['image/png'];
  const same = `${decoded(png)}.equal(pixels.slice([0], [1]).squeeze([0])).all().dataSync()[0]`;
  expect((await kernel.execute(same)).text).toBe('1');
});

test('a batch of images is shown side by side', async () => {
  const png = (await shown('pixels'))['image/png'];
  const same = `${decoded(png)}.equal(tf.concat(tf.unstack(pixels), 1)).all().dataSync()[0]`;
  expect((await kernel.execute(same)).text).toBe('1');
});

test('ingot.show shows what a last expression would', async () => {
  await kernel.execute("import * as ingot from 'ingot'");
  expect((await shown('ingot.show([{a: 1}])'))['text/html']).toContain('<table>');
});
