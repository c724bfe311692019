const ISO_MONTH = /^(\d{4})-(\d{2})$/;
const ISO_DAY = /^(\d{4})[-/](\d{2})[-/](\d{2})$/;
const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?$/;
const COMPACT_DAY = /^(\d{4})(\d{2})(\d{2})$/;
const LOCAL_DAY = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})$/;

/** Which comes first in dates such as 03/04/2024: the day or the month. */
export type DateOrder = 'dmy' | 'mdy';

const DAY_MS = 86_400_000;
const DAYS_OF_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Milliseconds since 1970 of a day that the calendar has; NaN else. */
function dayMs(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : (DAYS_OF_MONTHS[month - 1] ?? 0);
  return year >= 100 && day >= 1 && day <= days ? Date.UTC(year, month - 1, day) : NaN;
}

/**
 * Reads the dates of one column and writes all of them alike: "2024-12", "2024-12-31", or with the time of day where any
 * has one, "2024-12-31T13:00:00Z" (without the Z where the file names no time zone). All of these sort as text.
 */
export class DateReader {
  #isMonthly: boolean | undefined;
  #zoned: boolean | undefined;
  #finest = DAY_MS;
  #last: readonly [text: string, ms: number] | undefined;

  /** @param order where days such as 03/04/2024 are allowed. */
  constructor(private readonly order?: DateOrder) {}

  /** @returns milliseconds since 1970, or undefined for what is no date, or one of another kind than those before. */
  read(value: unknown): number | undefined {
    if (value instanceof Date) return this.#keep(value.getTime(), true);
    if (typeof value !== 'string') return undefined;
    // Many rows in a row share a day.
    if (value === this.#last?.[0]) return this.#last[1];
    const ms = this.#parse(value);
    if (ms !== undefined) this.#last = [value, ms];
    return ms;
  }

  #parse(value: string): number | undefined {
    const day = ISO_DAY.exec(value) ?? COMPACT_DAY.exec(value);
    if (day !== null) return this.#keep(dayMs(Number(day[1]), Number(day[2]), Number(day[3])), undefined);
    const month = ISO_MONTH.exec(value);
    if (month !== null) return this.#keep(dayMs(Number(month[1]), Number(month[2]), 1), undefined, true);
    const local = LOCAL_DAY.exec(value);
    if (local !== null) return this.#local(local);
    const time = ISO_TIME.exec(value);
    return time === null ? undefined : this.#time(time);
  }

  /** The dates as text, all of one form. */
  write(times: Float64Array): string[] {
    if (this.#isMonthly === true) return Array.from(times, ms => new Date(ms).toISOString().slice(0, 7));
    const size = this.#finest === DAY_MS ? 10 : this.#finest === 1000 ? 19 : 23;
    const zone = size > 10 && this.#zoned === true ? 'Z' : '';
    // Many rows of one day share its text.
    const known = new Map<number, string>();
    return Array.from(times, ms => {
      const text = known.get(ms) ?? new Date(ms).toISOString().slice(0, size) + zone;
      if (known.size < 100_000) known.set(ms, text);
      return text;
    });
  }

  #local([, first, separator, second, year]: RegExpExecArray): number | undefined {
    // With dots the day comes first wherever people write so.
    const order = separator === '.' ? 'dmy' : this.order;
    if (order === undefined) return undefined;
    const [day, month] = order === 'dmy' ? [first, second] : [second, first];
    return this.#keep(dayMs(Number(year), Number(month), Number(day)), undefined);
  }

  #time([, year, month, day, hour, minute, second = '0', fraction = '', zone]: RegExpExecArray): number | undefined {
    const start = dayMs(Number(year), Number(month), Number(day));
    if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
    const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
    const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
    return this.#keep(start + seconds * 1000 + ms - offsetMs(zone), zone !== undefined);
  }

  #keep(ms: number, zoned: boolean | undefined, isMonthly = false): number | undefined {
    if (Number.isNaN(ms)) return undefined;
    this.#isMonthly ??= isMonthly;
    if (this.#isMonthly !== isMonthly) return undefined;
    if (zoned !== undefined) {
      this.#zoned ??= zoned;
      if (this.#zoned !== zoned) return undefined;
    }
    if (this.#finest === DAY_MS && ms % DAY_MS !== 0) this.#finest = 1000;
    if (this.#finest === 1000 && ms % 1000 !== 0) this.#finest = 1;
    return ms;
  }
}

function offsetMs(zone = 'Z'): number {
  if (zone === 'Z' || zone === 'UTC') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/**
 * Which order explains all of the values such as 31/12/2024.
 * @returns undefined when there are none of these, or both orders do.
 */
export function dateOrder(values: readonly string[]): DateOrder | undefined {
  const local = values.flatMap(value => {
    const parts = LOCAL_DAY.exec(value);
    return parts === null || parts[2] === '.' ? [] : [[Number(parts[1]), Number(parts[3])] as const];
  });
  const [dayFirst, monthFirst] = [local.some(([first]) => first > 12), local.some(([, second]) => second > 12)];
  if (dayFirst === monthFirst) return undefined;
  return dayFirst ? 'dmy' : 'mdy';
}

/** Whether the text is a date whose day and month cannot be told apart. */
export function isLocalDate(text: string): boolean {
  return LOCAL_DAY.test(text);
}

/** Milliseconds since 1970 of a date as `DateReader` writes it. */
export function timeOf(date: string): number {
  return Date.parse(date.length === 7 ? `${date}-01` : date.length === 10 || date.endsWith('Z') ? date : `${date}Z`);
}
