/** How many daily prices the gold model takes. */
export const LENGTH = 60;

/** A text that holds no usable prices, with what is wrong and where. */
export class PriceError extends Error {
  override readonly name = 'PriceError';
}

/**
 * Reads prices as a person pastes them: one a line, the last field of a CSV line, or separated by spaces. A first line of
 * words is a heading. The last 60 count.
 * @returns 60 prices, oldest first.
 * @throws PriceError naming the line that is no price, or how many are missing.
 */
export function readPrices(text: string): number[] {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({line: line.trim(), number: index + 1}))
    .filter(({line}) => line !== '');
  const [first, ...rest] = lines;
  const rows = first !== undefined && !/\d/.test(first.line) ? rest : lines;
  const prices = rows.flatMap(({line, number}) => pricesOfLine(line, number));
  if (prices.length < LENGTH) {
    throw new PriceError(`${prices.length} prices are too few: the model looks at ${LENGTH}, oldest first.`);
  }
  return prices.slice(-LENGTH);
}

function pricesOfLine(line: string, number: number): number[] {
  const isDated = /\d{4}-\d{2}-\d{2}/.test(line);
  const fields = line.split(/[,;\s]+/).filter(field => field !== '');
  return (isDated ? fields.slice(-1) : fields).map(field => {
    const price = Number(field);
    if (!Number.isFinite(price) || price <= 0) {
      throw new PriceError(`Line ${number}: "${field.slice(0, 40)}" is no price.`);
    }
    return price;
  });
}

/**
 * A made-up series to try the page with: a geometric random walk with gold's usual daily volatility of about 1 %.
 * @param random numbers from 0 to 1.
 */
export function madeUpPrices(random: () => number = Math.random): number[] {
  let price = 2_500;
  return Array.from({length: LENGTH}, () => {
    // The sum of twelve uniform numbers less six is nearly standard normal.
    const normal = Array.from({length: 12}, random).reduce((sum, value) => sum + value, -6);
    price *= Math.exp(0.01 * normal);
    return Math.round(price * 100) / 100;
  });
}
