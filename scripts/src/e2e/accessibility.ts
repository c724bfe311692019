import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import type {Page} from 'playwright-core';

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly {readonly html: string}[];
  }[];
}

/** Checks a part of a page with axe against WCAG 2.1, A and AA. */
export async function expectAccessible(page: Page, selector: string): Promise<void> {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.evaluate(await readFile(axe, 'utf8'));
  const options = {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']};
  const {violations} = await page.evaluate<AxeResult>(
    `axe.run(${JSON.stringify(selector)}, ${JSON.stringify(options)})`,
  );
  expect(violations.map(({id, help, nodes}) => ({id, help, html: nodes.map(node => node.html)}))).toEqual([]);
}
