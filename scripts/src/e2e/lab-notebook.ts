import type {Locator, Page} from 'playwright-core';

/** The open notebook, in the words of somebody who types into it: always into its last cell. */
export class LabNotebook {
  constructor(private readonly page: Page) {}

  /** The last cell, which nothing has been typed into. */
  get last(): Locator {
    return this.page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-CodeCell').last();
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
    const id = await this.last.evaluate<string, HTMLElementLike>(node => {
      node.dataset['typed'] = `${Date.now()}-${Math.random()}`;
      return node.dataset['typed'];
    });
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
    await cell.locator('.jp-InputPrompt').getByText(/^\[\d+\]:$/).waitFor();
  }

  /** What stands beneath a cell. */
  outputs(cell: Locator): Locator {
    return cell.locator('.jp-OutputArea-output');
  }
}

/** This part knows nothing of the DOM. */
interface HTMLElementLike {
  readonly dataset: Record<string, string>;
}
