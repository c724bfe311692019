/**
 * How long to wait before a part that died is started again: 0.5 s, doubled for each death in a row, 30 s at most. A
 * part that lived for a minute is forgiven its past.
 */
export function createBackoff(): {next(livedMs: number): number} {
  let deaths = 0;
  return {
    next(livedMs) {
      deaths = livedMs > 60_000 ? 1 : deaths + 1;
      return Math.min(30_000, 500 * 2 ** (deaths - 1));
    },
  };
}
