/** Data that cannot be used, and where it went wrong. `row` counts as a spreadsheet does: the header is row 1. */
export class DataError extends Error {
  override readonly name = 'DataError';

  constructor(
    readonly file: string,
    problem: string,
    readonly row?: number,
    readonly column?: string,
  ) {
    const place = [row === undefined ? '' : `row ${row}`, column === undefined ? '' : `column "${column}"`];
    super(`${[file, ...place].filter(part => part !== '').join(', ')}: ${problem}`);
  }
}
