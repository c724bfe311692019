import type {ModelContract} from '@ingot/tensorflow/contract';

/** A forecast as a person reads it: a row for each step ahead, with the naive forecast beside it. */
export interface ForecastRow {
  readonly step: number;
  readonly naive: number;
  /** One value for each of the contract's quantiles. */
  readonly quantiles: readonly number[];
}

/**
 * Reads the answer of `:predict` to the contract's own example.
 * @throws Error when the answer is not of the shape that the contract promises: [horizon][quantiles].
 */
export function readForecast(contract: ModelContract, answer: unknown): ForecastRow[] {
  const output = contract.outputs.find(candidate => candidate.kind === 'forecast');
  const input = contract.inputs.find(candidate => candidate.kind === 'series');
  if (output === undefined || input === undefined) {
    throw new Error(`The contract of ${contract.name} has no series input and forecast output.`);
  }
  const predictions = (answer as {predictions?: unknown[]}).predictions;
  const rows = predictions?.[0];
  if (!Array.isArray(rows) || rows.length !== output.horizon) {
    throw new Error(
      `The answer has ${Array.isArray(rows) ? rows.length : 'no'} steps; the contract says ${output.horizon}.`,
    );
  }
  const series = contract.example[input.name] as readonly number[];
  const naive = series.at(-1);
  if (naive === undefined) throw new Error(`The example of ${contract.name} is an empty series.`);
  return rows.map((row: unknown, index) => {
    if (!Array.isArray(row) || row.length !== output.quantiles.length || !row.every(Number.isFinite)) {
      throw new Error(
        `Step ${index + 1} of the answer is ${JSON.stringify(row)}; wanted ${output.quantiles.length} numbers.`,
      );
    }
    return {step: index + 1, naive, quantiles: row as number[]};
  });
}

/** The rows as a table for the terminal, in the contract's unit. */
export function formatForecast(contract: ModelContract, rows: readonly ForecastRow[]): string {
  const output = contract.outputs.find(candidate => candidate.kind === 'forecast');
  const quantiles = output?.kind === 'forecast' ? output.quantiles : [];
  const unit = output?.kind === 'forecast' ? output.unit : '';
  const cells = [
    ['day ahead', 'naive', ...quantiles.map(q => `${Number((q * 100).toFixed(1))} %`)],
    ...rows.map(({step, naive, quantiles: values}) =>
      [step, naive, ...values].map((value, column) => (column === 0 ? `${value}` : value.toFixed(2))),
    ),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0))) ?? [];
  const lines = cells.map(row => `  ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}`);
  return [`  Forecast in ${unit} (naive = the last price):`, '', ...lines].join('\n');
}
