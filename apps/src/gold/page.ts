import type * as PlotModule from '@observablehq/plot';
import {drawForecast} from './chart.js';
import {askForecast, ForecastError, liveVersion, QUANTILES, type ForecastDay} from './forecast.js';
import {madeUpPrices, PriceError, readPrices} from './prices.js';

/** Observable Plot's browser build sets a global. */
declare const Plot: typeof PlotModule;

/** The page's elements, by their id in index.html. */
function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} "${id}".`);
  return found;
}

const form = element('ask', HTMLFormElement);
const text = element('prices', HTMLTextAreaElement);
const file = element('file', HTMLInputElement);
const madeUp = element('made-up', HTMLButtonElement);
const status = element('status', HTMLParagraphElement);
const version = element('version', HTMLElement);
const result = element('result', HTMLElement);
const origin = element('origin', HTMLParagraphElement);
const chart = element('chart', HTMLElement);
const table = element('table', HTMLTableElement);

let pricesAreMadeUp = false;

text.addEventListener('input', () => (pricesAreMadeUp = false));
file.addEventListener('change', async () => {
  const [chosen] = file.files ?? [];
  if (chosen === undefined) return;
  text.value = await chosen.text();
  pricesAreMadeUp = false;
});
madeUp.addEventListener('click', () => {
  text.value = madeUpPrices().join('\n');
  pricesAreMadeUp = true;
  form.requestSubmit();
});
form.addEventListener('submit', event => {
  event.preventDefault();
  void answer();
});

async function answer(): Promise<void> {
  status.classList.remove('error');
  status.textContent = 'Asking the model …';
  try {
    const prices = readPrices(text.value);
    const days = await askForecast(prices);
    show(prices, days);
    status.textContent = `Forecast for ${days.length} trading days.`;
  } catch (error) {
    if (!(error instanceof PriceError || error instanceof ForecastError)) throw error;
    status.classList.add('error');
    status.textContent = error.message;
  } finally {
    await showVersion();
  }
}

function show(prices: readonly number[], days: readonly ForecastDay[]): void {
  result.hidden = false;
  origin.textContent = pricesAreMadeUp ? 'These prices are made up, to try the page with.' : '';
  chart.replaceChildren(drawForecast(Plot, prices, days, chart.clientWidth));
  const naive = prices.at(-1) ?? NaN;
  table.replaceChildren(
    row('th', ['Days ahead', 'Naive', ...QUANTILES.map(quantile => `${100 * quantile} %`)]),
    ...days.map(({day, values}) => row('td', [`${day}`, ...[naive, ...values].map(value => value.toFixed(2))])),
  );
}

function row(tag: 'td' | 'th', cells: readonly string[]): HTMLTableRowElement {
  const made = document.createElement('tr');
  made.append(
    ...cells.map(cell => {
      const one = document.createElement(tag);
      if (tag === 'th') one.setAttribute('scope', 'col');
      one.textContent = cell;
      return one;
    }),
  );
  return made;
}

async function showVersion(): Promise<void> {
  const live = await liveVersion().catch(() => null);
  version.textContent =
    live === null ? 'No version is live: deploy gold.ipynb first.' : `Version ${live} of gold answers.`;
}

await showVersion();
