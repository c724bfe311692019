import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {chromium, type Browser, type Frame, type Locator, type Page} from 'playwright-core';
import {ROOT} from '../settings.js';
import {findChromium} from '../test/chromium.js';

/** Screenshots are kept here, to be looked at. */
const ARTIFACTS = join(ROOT, 'artifacts');

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium(() => {}),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface LabAddress {
  readonly jupyterUrl: string;
  readonly jupyterToken: string;
}

interface Notebook {
  readonly cells: readonly {
    readonly outputs?: readonly {readonly output_type: string; readonly ename?: string; readonly evalue?: string}[];
  }[];
}

/** A JupyterLab in a browser, in the words of somebody who uses it. */
export class LabPage {
  private constructor(
    readonly page: Page,
    /** What went wrong in the page itself. */
    readonly errors: string[],
  ) {}

  static async open(browser: Browser, {jupyterUrl, jupyterToken}: LabAddress, path: string): Promise<LabPage> {
    const context = await browser.newContext({viewport: {width: 1400, height: 900}, locale: 'en-US'});
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const errors: string[] = [];
    page.on('pageerror', error => errors.push(error.stack ?? error.message));
    await page.goto(`${jupyterUrl}/lab/tree/${path}?token=${jupyterToken}&reset`);
    const lab = new LabPage(page, errors);
    await lab.deployButton.waitFor();
    await page.locator('#jp-main-statusbar').getByText('| Idle').waitFor();
    return lab;
  }

  get deployButton(): Locator {
    return this.page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) [data-jp-item-name="ingot-deploy"] jp-button');
  }

  get panel(): Locator {
    return this.page.locator('#ingot-panel');
  }

  get status(): Locator {
    return this.page.locator('.ingot-Status');
  }

  get toasts(): Locator {
    return this.page.locator('.Toastify__toast');
  }

  get dialog(): Locator {
    return this.page.locator('.jp-Dialog');
  }

  /**
   * Runs a command as a person finds it: by its words in the palette. The palette closes when something else takes the
   * focus, as a notebook does that has just been opened; then it is opened again.
   */
  async command(words: string): Promise<void> {
    const search = this.page.locator('.lm-CommandPalette-input');
    const item = this.page.locator('.lm-CommandPalette-item').filter({hasText: words}).first();
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (!(await search.isVisible())) await this.page.keyboard.press('Control+Shift+C');
        await search.fill(words, {timeout: 3000});
        await item.click({timeout: 3000});
        return;
      } catch (error) {
        if (attempt === 10) throw error;
      }
    }
  }

  /** Runs every cell and waits for the last; throws with what a cell printed as its error. */
  async runAll(withinMs: number): Promise<void> {
    await this.command('Run All Cells');
    // A page's own code, as text: this part knows nothing of the DOM.
    const running = `[...document.querySelectorAll('.jp-InputPrompt')].some(one => one.textContent.includes('[*]'))`;
    await this.page.waitForFunction(running);
    await this.page.waitForFunction(`!${running}`, undefined, {timeout: withinMs, polling: 250});
    await this.throwOnFailedCell();
  }

  /** Asks the saved notebook: cells out of sight are not in the page. */
  private async throwOnFailedCell(): Promise<void> {
    const saved = this.page.waitForResponse(
      response => response.request().method() === 'PUT' && response.url().includes('/api/contents/'),
    );
    await this.command('Save Notebook');
    const {content} = JSON.parse((await saved).request().postData() ?? '{}') as {content?: Notebook};
    const outputs = content?.cells.flatMap(cell => cell.outputs ?? []) ?? [];
    const failure = outputs.find(output => output.output_type === 'error');
    if (failure !== undefined) throw new Error(`A cell failed: ${failure.ename}: ${failure.evalue}`);
  }

  /** The texts that the one deployment notice shows until one of them matches. */
  async noticesUntil(end: RegExp, withinMs: number): Promise<string[]> {
    const seen: string[] = [];
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline) {
      const texts = await this.toasts.allTextContents();
      for (const text of texts) if (text !== seen.at(-1) && !seen.includes(text)) seen.push(text);
      if (texts.some(text => end.test(text))) return seen;
      await this.page.waitForTimeout(50);
    }
    throw new Error(`No notice said ${String(end)} within ${withinMs / 1000} s; they said: ${seen.join(' | ')}`);
  }

  async showPanel(): Promise<void> {
    if (!(await this.panel.isVisible())) await this.page.locator('.lm-TabBar-tab[data-id="ingot-panel"]').click();
    await this.panel.waitFor();
  }

  async tensorBoard(): Promise<Frame> {
    const frame = await this.page.locator('.ingot-TensorBoard-frame iframe').elementHandle();
    const content = await frame?.contentFrame();
    if (content == null) throw new Error('TensorBoard is in no frame.');
    return content;
  }

  /** Scrolls the notebook to a heading. */
  async goTo(heading: string): Promise<void> {
    const found = this.page
      .locator('.jp-Notebook')
      .getByRole('heading')
      .filter({hasText: new RegExp(`^${heading.replace('?', '[?]')}`)})
      .first();
    await found.scrollIntoViewIfNeeded();
  }

  /** Sets the theme as the settings editor does. */
  async theme(name: 'JupyterLab Light' | 'JupyterLab Dark'): Promise<void> {
    await this.command(`Use Theme: ${name}`);
    await this.page.locator(`body[data-jp-theme-name="${name}"]`).waitFor({state: 'attached'});
  }

  async screenshot(name: string): Promise<void> {
    await mkdir(ARTIFACTS, {recursive: true});
    await this.page.screenshot({path: join(ARTIFACTS, `${name}.png`)});
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
