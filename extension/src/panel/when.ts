const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** "5 minutes ago" for an ISO 8601 time, in the language of `locale`; a date when it is more than a week ago. */
export function ago(iso: string, now: number, locale?: string): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const past = at - now;
  if (past < -7 * 86_400_000) return new Date(at).toLocaleDateString(locale);
  const format = new Intl.RelativeTimeFormat(locale, {numeric: 'auto'});
  for (const [unit, ms] of UNITS) {
    if (Math.abs(past) >= ms) return format.format(Math.trunc(past / ms), unit);
  }
  return format.format(0, 'second');
}

/** "12.4 s" between two ISO 8601 times, or null when one is missing. */
export function duration(from: string | undefined, to: string | undefined): string | null {
  if (from === undefined || to === undefined) return null;
  const length = (Date.parse(to) - Date.parse(from)) / 1000;
  return Number.isNaN(length) ? null : seconds(length);
}

/** "12.4 s" or "3 min 5 s". */
export function seconds(length: number): string {
  if (length < 59.95) return `${length.toFixed(1)} s`;
  const whole = Math.round(length);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A figure as a person reads it: four significant digits, without an exponent where it can be avoided. */
export function figure(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 0.001 && Math.abs(value) < 1e7
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(2);
}
