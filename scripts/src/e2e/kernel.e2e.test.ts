import {jest} from '@jest/globals';
import type {Browser, Locator, Page} from 'playwright-core';
import {LabNotebook} from './lab-notebook.js';
import {LabPage, launchBrowser} from './lab-page.js';
import {startOwnLab, type OwnLab} from './own-lab.js';

/** The kernel as a person meets it: a real JupyterLab in a real Chromium, typed into and clicked. */

jest.setTimeout(300_000);

let server: OwnLab;
let browser: Browser;
let lab: LabPage;
let page: Page;
let notebook: LabNotebook;

beforeAll(async () => {
  server = await startOwnLab(['kernel.ipynb']);
  browser = await launchBrowser();
  lab = await LabPage.open(browser, server, 'kernel.ipynb');
  page = lab.page;
  notebook = new LabNotebook(page);
  await notebook.run("import * as tf from '@tensorflow/tfjs-node'\nimport * as w from 'ingot/widgets'");
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const textOf = async (cell: Locator) => (await notebook.outputs(cell).allInnerTexts()).join('\n');
const interrupt = () => page.locator('[data-command="notebook:interrupt-kernel"]').first().click();
/** Starts a cell that prints "on" before it goes on for ever. */
async function startEndless(code: string): Promise<Locator> {
  const cell = await notebook.start(`console.log('on'); ${code}`);
  await notebook.outputs(cell).getByText('on', {exact: true}).waitFor();
  return cell;
}

test('Tab completes with kinds and documentation, Shift+Tab explains with types', async () => {
  const completer = page.locator('.jp-Completer');
  await notebook.type('tf.tensor');
  await page.keyboard.press('Tab');
  await completer.locator('.jp-Completer-item', {hasText: /tensor1d.*function/}).waitFor();
  await completer.locator('.jp-Completer-docpanel').getByText('function tensor<R').waitFor();
  await lab.screenshot('kernel-completion');
  await page.keyboard.press('Escape');

  await notebook.type('tf.layers.dense');
  await page.keyboard.press('Shift+Tab');
  const tooltip = page.locator('.jp-Tooltip');
  await tooltip.getByText('function dense(args: DenseLayerArgs): Dense').waitFor();
  await tooltip.getByText('Creates a dense (fully connected) layer.').waitFor();
  await lab.screenshot('kernel-tooltip');
  await page.keyboard.press('Escape');
});

test('the interrupt button stops a loop that awaits and one that does not, and keeps the variables', async () => {
  const awaiting = await startEndless(
    'let ticks = 0; while (true) { ticks++; await new Promise(r => setTimeout(r, 5)) }',
  );
  await interrupt();
  await notebook.ended(awaiting);
  expect(await textOf(awaiting)).toMatch(/KeyboardInterrupt: The cell was interrupted\. Variables are kept\./);
  const blocking = await startEndless('while (true) ticks++');
  await interrupt();
  await notebook.ended(blocking);
  expect(await textOf(blocking)).toMatch(/KeyboardInterrupt: .*in the middle of a computation\. Variables are kept\./);
  expect(await textOf(await notebook.run('ticks > 0'))).toBe('true');
});

test('tables, charts, tensors, bars and errors are shown as what they are, in both themes', async () => {
  const table = await notebook.run(
    "[{day: new Date('2024-01-02'), usd: 2063.7}, {day: new Date('2024-01-03'), usd: 2041.2}]",
  );
  await table.getByRole('cell', {name: '2024-01-03'}).waitFor();
  const chart = await notebook.run(`({
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  data: {values: [{day: 1, usd: 2063}, {day: 2, usd: 2041}, {day: 3, usd: 2052}]},
  mark: 'line',
  encoding: {x: {field: 'day', type: 'quantitative'}, y: {field: 'usd', type: 'quantitative', scale: {zero: false}}},
})`);
  await chart.locator('canvas, svg.marks').first().waitFor();
  expect(await textOf(await notebook.run('tf.tensor([[1, 2], [3, 4]])'))).toMatch(/Tensor float32 \[2, 2\]/);
  await lab.screenshot('kernel-display-light');
  await lab.theme('JupyterLab Dark');
  await lab.screenshot('kernel-display-dark');
  const bar = await notebook.run(`for (let i = 0; i <= 5; i++) {
  display.raw({'text/html': \`<progress max="5" value="\${i}"></progress>\`}, {displayId: 'bar', update: i > 0})
  await new Promise(r => setTimeout(r, 10))
}`);
  expect(await bar.locator('progress').getAttribute('value')).toBe('5');
  const failed = await notebook.run(`interface Metal { name: string }
function weigh(metal: Metal): number {
  throw new RangeError(\`\${metal.name} has no weight\`);
}
weigh({name: 'gold'})`);
  expect(await textOf(failed)).toMatch(
    /RangeError: gold has no weight[^]*> 3 \|[^]*at weigh \(cell\[\d+\]\.ts:3:9\)\n +at cell\[\d+\]\.ts:5:1/,
  );
  await lab.screenshot('kernel-error-dark');
  await lab.theme('JupyterLab Light');
});

test('prompt asks beneath the cell, and the answer goes on', async () => {
  const cell = await notebook.start("const named = prompt('Which metal?'); named.toUpperCase()");
  await cell.locator('.jp-Stdin-input').fill('gold');
  await page.keyboard.press('Enter');
  await notebook.ended(cell);
  expect(await textOf(cell)).toMatch(/'GOLD'/);
});

test('10,000 printed lines arrive, whole and in order', async () => {
  const cell = await notebook.run('for (let i = 0; i < 10_000; i++) console.log(`line ${i}`)');
  const lines = (await textOf(cell)).trim().split('\n');
  expect(lines).toEqual(Array.from({length: 10_000}, (_, i) => `line ${i}`));
});

test('a slider is moved by hand: the kernel reads it, hears of it, and moves it', async () => {
  const cell = await notebook.run(`const days = new w.IntSlider({value: 30, max: 90, description: 'Days'})
days.observe(({value}) => console.log('now', value))
days`);
  const handle = cell.locator('.noUi-handle');
  await handle.focus();
  await page.keyboard.press('ArrowRight');
  await notebook.outputs(cell).getByText('now 31').waitFor();
  expect(await textOf(await notebook.run('days.value'))).toBe('31');
  await notebook.run('days.value = 60');
  await cell.locator('.widget-readout', {hasText: '60'}).waitFor();
});

test('every widget of the library is drawn', async () => {
  const cell = await notebook.run(`const all: w.Widget[] = [
  new w.IntSlider({style: {handle_color: 'gold'}, layout: {width: '300px'}}), new w.FloatSlider(), new w.FloatLogSlider(),
  new w.IntRangeSlider(), new w.FloatRangeSlider(), new w.IntText(), new w.FloatText(), new w.IntProgress({value: 40}),
  new w.FloatProgress({value: 0.3, style: {bar_color: 'gold'}}), new w.Checkbox(), new w.ToggleButton(), new w.Button({style: {button_color: 'gold'}}),
  new w.Text(), new w.Textarea(), new w.Password(), new w.ColorPicker(), new w.DatePicker(), new w.Label({value: 'drawn'}),
  new w.HTML({value: '<b>bold</b>'}), new w.Dropdown({options: ['a', 'b']}), new w.Select({options: ['a']}), new w.RadioButtons({options: ['a']}),
  new w.ToggleButtons({options: ['a']}), new w.SelectionSlider({options: [1, 2]}), new w.SelectMultiple({options: ['m', 'n']}),
]
new w.VBox([new w.HBox([0, 8, 16].map(from => new w.VBox(all.slice(from, from + 8)))),
  new w.Tab({One: all[24]}), new w.Accordion({Fold: new w.Label({value: 'last drawn'})})])`);
  await notebook.outputs(cell).getByText('last drawn').waitFor();
  expect(await cell.locator('.jupyter-widgets-error-widget').count()).toBe(0);
  expect(await cell.locator('.lm-Widget.jupyter-widgets').count()).toBeGreaterThanOrEqual(30);
});

test('interact draws anew what depends on a control', async () => {
  const cell = await notebook.run(
    "w.interact({metal: ['gold', 'silver'], ounces: 2}, ({metal, ounces}) => [{metal, grams: ounces * 31}])",
  );
  await cell.getByRole('cell', {name: '62'}).waitFor();
  await cell.locator('select').selectOption('silver');
  await cell.getByRole('cell', {name: 'silver'}).waitFor();
  await lab.screenshot('kernel-widgets');
});

test('a breakpoint set by a click stops the cell; values are seen, a step is made, and it goes on', async () => {
  await notebook.run('const bought = [40, 41]');
  await startDebugger('bought');
  await notebook.type(`function add(usd: number, by: number): number {
  const sum = usd + by;
  return sum;
}
const total = add(40, 2);
total + bought.length`);
  // The first element of a gutter is an invisible one that gives it its width.
  await notebook.last.locator('.cm-breakpoint-gutter .cm-gutterElement').nth(3).click();
  await notebook.last.getByLabel('Breakpoint').last().waitFor();
  await page.keyboard.press('Shift+Enter');
  const sidebar = page.locator('.jp-DebuggerSidebar');
  await sidebar.locator('.jp-DebuggerCallstackFrame', {hasText: 'add'}).waitFor();
  await sidebar.locator('.jp-DebuggerCallstackFrame', {hasText: '(cell)'}).waitFor();
  await sidebar.locator('.jp-DebuggerVariables').getByText('42').waitFor();
  await lab.screenshot('kernel-debugger');
  await sidebar.getByRole('button', {name: 'Step Out'}).click();
  await sidebar.locator('.jp-DebuggerCallstackFrame', {hasText: 'add'}).waitFor({state: 'detached'});
  await sidebar.getByRole('button', {name: 'Continue'}).click();
  await page.locator('.jp-OutputArea-executeResult', {hasText: /^\[\d+\]:44$/}).waitFor();
  await sidebar.locator('.jp-DebuggerVariables').getByText('total').waitFor();
  await page.locator('.jp-DebuggerBugButton').first().click();
});

test('a restart forgets the variables and runs on', async () => {
  await lab.command('Restart Kernel…');
  await lab.dialog.getByRole('button', {name: 'Confirm Kernel Restart'}).click();
  await lab.dialog.waitFor({state: 'detached'});
  expect(await textOf(await notebook.run('typeof days'))).toBe("'undefined'");
  expect(lab.errors).toEqual([]);
});

test('a kernel that dies is started again, and the next cell says what was lost', async () => {
  await notebook.start('process.abort()');
  await lab.dialog.getByText('appears to have died').waitFor();
  await lab.dialog.getByRole('button', {name: 'Ok'}).click();
  await lab.dialog.waitFor({state: 'detached'});
  const cell = await notebook.run('6 * 7');
  expect(await textOf(cell)).toMatch(
    /The kernel had died and was started again; the last thing that it ran was cell\[2\]\.[^]*42$/,
  );
});

/** JupyterLab loses a click that comes while it still asks the kernel about debugging: then a person clicks again. */
async function startDebugger(variable: string): Promise<void> {
  const button = page.locator('.jp-DebuggerBugButton').first();
  const shown = page.locator('.jp-DebuggerVariables').getByText(variable);
  for (let attempt = 1; ; attempt += 1) {
    await button.click();
    try {
      await shown.waitFor({timeout: 10_000});
      return;
    } catch (error) {
      if (attempt === 4) throw error;
      await button.click();
    }
  }
}
