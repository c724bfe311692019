import {jest} from '@jest/globals';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Browser} from 'playwright-core';
import {ROOT} from '../settings.js';
import {runProgram} from '../terminal/run-program.js';
import {expectAccessible} from './accessibility.js';
import {LabPage, launchBrowser} from './lab-page.js';
import {startOwnPlatform, type OwnPlatform} from './own-platform.js';
import {answeringVersion, askSteadily, forecastShape, type Forecasts} from './rest-client.js';

/** What a data scientist sees, in a real JupyterLab in a real Chromium, on the whole real platform. */

jest.setTimeout(600_000);

const TRAIN_WITHIN_MS = 300_000;
const DEPLOY_WITHIN_MS = 120_000;

let platform: OwnPlatform;
let browser: Browser;
let lab: LabPage;

beforeAll(async () => {
  platform = await startOwnPlatform();
  browser = await launchBrowser();
  lab = await LabPage.open(browser, platform, 'gold.ipynb');
});

afterAll(async () => {
  await browser?.close();
  await platform?.stop();
});

test('before anything ran, Deploy says that there is no model and what to do', async () => {
  await lab.deployButton.click();
  await lab.dialog.waitFor();
  expect(await lab.dialog.textContent()).toMatch(/no trained model to deploy.*Run the cell/);
  await lab.screenshot('deploy-nothing');
  await lab.page.keyboard.press('Escape');
  await lab.dialog.waitFor({state: 'detached'});
  expect(await lab.status.textContent()).toBe('Ingot: nothing live');
});

test('a notebook is run, its model deployed by a click, and its curl gets a forecast', async () => {
  await lab.runAll(TRAIN_WITHIN_MS);
  for (const [heading, name] of [
    ['The data', 'data'],
    ['Train', 'training'],
    ['Forecast', 'forecast'],
    ['Does it beat naive?', 'backtest'],
    ['Ready to deploy', 'ready'],
  ] as const) {
    await lab.goTo(heading);
    await lab.screenshot(`notebook-${name}`);
  }
  await lab.showPanel();
  await lab.deployButton.dblclick();
  await lab.screenshot('deploy-under-way');
  const notices = await lab.noticesUntil(/gold v1 is live/, DEPLOY_WITHIN_MS);
  expect(notices.join('\n')).toMatch(/gold: .*[^]*gold v1 is live/);
  expect(notices.at(-1)).toContain(`${platform.restUrl}/v1/models/gold`);
  expect(await lab.toasts.count()).toBe(1);

  const deployments = lab.panel.locator('.ingot-Deployment');
  expect(await deployments.count()).toBe(1);
  await lab.panel.getByText('v1 live').waitFor();
  await lab.screenshot('deployed-v1');

  await lab.toasts.getByRole('button', {name: 'Copy curl'}).click();
  const curl = await lab.page.evaluate<string>('navigator.clipboard.readText()');
  expect(await lab.panel.getByLabel('curl command', {exact: true}).textContent()).toBe(curl);
  expect(forecastShape(JSON.parse(await runProgram('sh', ['-c', curl])))).toEqual([7, 9]);
});

test('the notebook is saved before it is deployed', async () => {
  const saved = await readFile(join(platform.settings.notebooks, 'gold.ipynb'), 'utf8');
  expect(JSON.parse(saved).cells.some((cell: {outputs?: unknown[]}) => (cell.outputs ?? []).length > 0)).toBe(true);
});

test('training and deploying again by keyboard gives version 2, and no request is lost', async () => {
  await lab.runAll(TRAIN_WITHIN_MS);
  const stop = new AbortController();
  const asking: Promise<Forecasts> = askSteadily(`${platform.restUrl}/v1/models/gold:predict`, stop.signal);
  await lab.page.locator('.jp-Notebook').focus();
  await lab.page.keyboard.press('Control+Alt+D');
  await lab.noticesUntil(/gold v2 is live/, DEPLOY_WITHIN_MS);
  await lab.panel.getByText('v2 live').waitFor();
  expect(await lab.toasts.count()).toBe(1);
  expect(await lab.status.textContent()).toBe('gold v2 live');
  stop.abort();
  const {answered, failures} = await asking;
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(10);
  expect(await lab.panel.locator('.ingot-Version-number').allTextContents()).toEqual(
    expect.arrayContaining(['v2', 'v1', 'gold v2', 'gold v1']),
  );
});

test('going back to v1 is a click and a yes; a restart of the server does not undo it', async () => {
  const model = `${platform.restUrl}/v1/models/gold:predict`;
  expect(await answeringVersion(model)).toBe('2');
  const back = lab.panel.getByRole('button', {name: 'gold: Go back to v1'});
  await back.focus();
  await lab.page.keyboard.press('Enter');
  await lab.dialog.waitFor();
  expect(await lab.dialog.textContent()).toMatch(/answered by v1 instead of v2.*No request is lost.*v2 is not deleted/);
  await lab.screenshot('going-back-asked');
  await expectAccessible(lab.page, '.ingot-Explanation');
  await lab.page.keyboard.press('Enter');
  await lab.noticesUntil(/gold v1 is live/, DEPLOY_WITHIN_MS);
  await lab.status.getByText('gold v1 live (pinned)').waitFor();
  await lab.panel.getByText(/^Pinned to v1 until the next Deploy\. .* went back to it/).waitFor();
  expect(await answeringVersion(model)).toBe('1');

  await platform.kill('rest');
  expect(await answeringVersion(model)).toBe('1');
});

test('the panel is usable by keyboard, and nothing in it is hard to see or without a name', async () => {
  const version = lab.panel.locator('.ingot-Version summary').first();
  await version.focus();
  await lab.page.keyboard.press('Enter');
  await lab.panel.locator('.ingot-Facts').getByText('gold.ipynb').first().waitFor();
  await expectAccessible(lab.page, '.ingot-Panel');
  await lab.screenshot('panel-light');
  await lab.theme('JupyterLab Dark');
  await expectAccessible(lab.page, '.ingot-Panel');
  await lab.screenshot('panel-dark');
  await lab.theme('JupyterLab Light');
});

test('the next Deploy goes live in spite of the pin, and ends it', async () => {
  await lab.deployButton.click();
  await lab.noticesUntil(/gold v3 is live/, DEPLOY_WITHIN_MS);
  await lab.status.getByText('gold v3 live', {exact: true}).waitFor();
  expect(await answeringVersion(`${platform.restUrl}/v1/models/gold:predict`)).toBe('3');
  expect(await lab.panel.locator('.ingot-Pin').count()).toBe(0);
  await lab.panel.getByRole('button', {name: 'gold: Go back to v2'}).waitFor();
  await lab.screenshot('deployed-over-a-pin');
});

test('TensorBoard opens as a tab and shows the training', async () => {
  await lab.panel.getByRole('button', {name: "Open TensorBoard on gold's training"}).click();
  const board = await lab.tensorBoard();
  const seen = (text: RegExp): Promise<void> =>
    board.getByText(text).filter({visible: true}).first().waitFor({timeout: 90_000});
  await seen(/gold\/.*train/);
  await seen(/_loss/);
  await lab.screenshot('tensorboard');
});

test('a page that is loaded anew shows what is live, and keeps its tabs', async () => {
  await lab.page.reload();
  await lab.status.getByText('gold v3 live').waitFor();
  await lab.page.locator('.ingot-TensorBoard').waitFor({state: 'attached'});
});

test('while the deployer is away the page says so, keeps what it knew, and finds it again', async () => {
  await lab.showPanel();
  await lab.page.route('**/ingot-deployer/**', route => route.abort());
  await lab.panel.getByRole('alert').waitFor({timeout: 60_000});
  expect(await lab.status.textContent()).toBe('Ingot: no deployer');
  expect(await lab.panel.textContent()).toContain('v3 live');
  await lab.screenshot('deployer-away');
  await lab.page.unroute('**/ingot-deployer/**');
  await lab.panel.getByRole('button', {name: 'Ask the deployer again'}).click();
  await lab.status.getByText('gold v3 live').waitFor();
});

test('on another kernel, Deploy says which one it needs and offers to change', async () => {
  const metadata = {kernelspec: {name: 'python3', display_name: 'Python 3', language: 'python'}};
  const python = {cells: [], metadata, nbformat: 4, nbformat_minor: 5};
  await writeFile(join(platform.settings.notebooks, 'python.ipynb'), JSON.stringify(python));
  const other = await LabPage.open(browser, platform, 'python.ipynb');
  await other.deployButton.click();
  await other.dialog.waitFor();
  expect(await other.dialog.textContent()).toContain('Switch the notebook to the kernel "TypeScript (Ingot)"');
  await other.screenshot('deploy-wrong-kernel');
  await other.dialog.getByRole('button', {name: 'Change kernel…'}).click();
  await other.dialog.getByText('Select Kernel').first().waitFor();
  expect(other.errors).toEqual([]);
  await other.close();
});

test('the gold page forecasts with the version that is live, and says what is wrong with prices', async () => {
  const page = await browser.newPage({viewport: {width: 1000, height: 1000}, colorScheme: 'dark'});
  const errors: string[] = [];
  page.on('pageerror', error => errors.push(error.message));
  await page.goto(platform.pagesUrl);
  await page.getByText('Version 3 of gold answers.').waitFor();
  await page.getByLabel('The last 60 daily prices').fill('2650.1\nn/a');
  await page.getByRole('button', {name: 'Forecast'}).click();
  await page.getByText('Line 2: "n/a" is no price.').waitFor();
  await page.getByRole('button', {name: 'Try made-up prices'}).click();
  await page.getByText('These prices are made up').waitFor();
  expect(await page.locator('#table tr').count()).toBe(8);
  expect(await page.locator('#chart svg').count()).toBe(1);
  await expectAccessible(page, 'body');
  await page.screenshot({path: join(ROOT, 'artifacts', 'gold-page.png'), fullPage: true});
  expect(errors).toEqual([]);
  await page.close();
});

test('no error was thrown in the page', () => {
  expect(lab.errors).toEqual([]);
});
