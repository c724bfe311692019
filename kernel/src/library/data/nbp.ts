/**
 * The keyless public API of Narodowy Bank Polski: https://api.nbp.pl/en.html. A call answers 93 days at most; gold starts
 * on 2013-01-02, exchange rates (table A) on 2002-01-02. A span without any published day answers 404.
 */
const API = 'https://api.nbp.pl/api';
const DAYS_A_CALL = 93;
const FIRST_GOLD = '2013-01-02';
const ATTEMPTS = 4;
const TIMEOUT_MS = 15_000;

export interface Published {
  readonly date: string;
  readonly value: number;
}

export interface NbpContext {
  readonly fetch: typeof fetch;
  /** Milliseconds to wait. */
  readonly wait: (ms: number) => Promise<void>;
  /** `fraction` is from 0 to 1. */
  readonly progress: (text: string, fraction: number) => void;
}

export interface NbpTables {
  readonly gold: readonly Published[];
  readonly usd: readonly Published[];
}

/**
 * Downloads gold (PLN per gram) and the dollar's rate up to and with the day `to`; only what is newer than `known`.
 * @throws Error naming the address, when it does not answer after some attempts or answers in another format.
 */
export async function downloadNbp(to: string, known: NbpTables, context: NbpContext): Promise<NbpTables> {
  const lastGold = known.gold.at(-1)?.date;
  const first = lastGold === undefined ? FIRST_GOLD : shift(lastGold, 1);
  const spans = spansOf(first, to);
  const gold = [...known.gold];
  // A row of rates before the first gold price is needed: gold is dated by the row before.
  const usd = [...known.usd.filter(({date}) => date < first)];
  if (usd.length === 0) usd.push(...(await rates(shift(first, -10), shift(first, -1), context)));
  for (const [index, [start, end]] of spans.entries()) {
    context.progress(`Narodowy Bank Polski, ${start} to ${end}`, index / spans.length);
    gold.push(...(await get(`${API}/cenyzlota/${start}/${end}/?format=json`, goldRows, context)));
    usd.push(...(await rates(start, end, context)));
  }
  context.progress(`Narodowy Bank Polski, ${gold.length} days`, 1);
  return {gold, usd};
}

const rates = (start: string, end: string, context: NbpContext) =>
  get(`${API}/exchangerates/rates/A/USD/${start}/${end}/?format=json`, rateRows, context);

const shift = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

function spansOf(from: string, to: string): [string, string][] {
  const spans: [string, string][] = [];
  for (let start = from; start <= to; start = shift(start, DAYS_A_CALL)) {
    const end = shift(start, DAYS_A_CALL - 1);
    spans.push([start, end < to ? end : to]);
  }
  return spans;
}

async function get(
  url: string,
  read: (body: unknown) => Published[] | undefined,
  context: NbpContext,
): Promise<Published[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await context.fetch(url, {
        headers: {accept: 'application/json'},
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status === 404) return [];
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const rows = read(await response.json());
      if (rows === undefined) throw new Error('an answer in an unknown format');
      return rows;
    } catch (error) {
      if (attempt === ATTEMPTS) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
        throw new Error(`${url} failed ${ATTEMPTS} times, last with: ${cause}`, {cause: error});
      }
      await context.wait(250 * 2 ** attempt);
    }
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function publishedRows(rows: unknown, dateKey: string, valueKey: string): Published[] | undefined {
  if (!Array.isArray(rows)) return undefined;
  const published = rows.flatMap((row: unknown) => {
    const {[dateKey]: date, [valueKey]: value} = isRecord(row) ? row : {};
    return typeof date === 'string' && typeof value === 'number' ? [{date, value}] : [];
  });
  return published.length === rows.length ? published : undefined;
}

const goldRows = (body: unknown) => publishedRows(body, 'data', 'cena');
const rateRows = (body: unknown) => publishedRows(isRecord(body) ? body['rates'] : undefined, 'effectiveDate', 'mid');
