import type {Locator, Page} from 'playwright-core';

const CELL = '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-CodeCell';

/** The open notebook, in the words of somebody who types into it: always into its last cell. */
export class LabNotebook {
  #typed = 0;

  constructor(private readonly page: Page) {}

  /** The last cell, which nothing has been typed into. */
  get last(): Locator {
    return this.page.locator(CELL).last();
  }

  /** Types into the last cell, without running it. */
  async type(code: string): Promise<void> {
    const editor = this.last.locator('.cm-content');
    await editor.click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(code);
  }

  /** Types a cell and starts it with Shift+Enter, which makes the next one. Returns the started one. */
  async start(code: string): Promise<Locator> {
    await this.type(code);
    const id = String(++this.#typed);
    // A page's own code, as text: this part knows nothing of the DOM.
    await this.page.evaluate(`[...document.querySelectorAll('${CELL}')].at(-1).setAttribute('data-typed', '${id}')`);
    await this.page.keyboard.press('Shift+Enter');
    return this.page.locator(`.jp-CodeCell[data-typed="${id}"]`);
  }

  /** Types a cell, runs it and waits for its end. */
  async run(code: string): Promise<Locator> {
    const cell = await this.start(code);
    await this.ended(cell);
    return cell;
  }

  /** Waits until a started cell has its number. */
  async ended(cell: Locator): Promise<void> {
    await cell
      .locator('.jp-InputArea-prompt')
      .filter({hasText: /^\[\d+\]:$/})
      .waitFor();
  }

  /** What stands beneath a cell. */
  outputs(cell: Locator): Locator {
    return cell.locator('.jp-OutputArea-output');
  }
}
