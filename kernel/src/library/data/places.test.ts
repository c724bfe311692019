import {createServer, type Server} from 'node:http';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {DownloadContext} from './catalogue-entry.js';
import {goldUsdDaily} from './entries/gold-usd-daily.js';
import {findData, type Places} from './places.js';

const GOLD = 'date,gold_pln_per_g\n2024-01-03,260.5\n2024-01-04,262.25\n';
const FX = 'date,usd_pln\n2024-01-02,3.9432\n2024-01-03,3.9909\n2024-01-04,3.9737\n';
const DAYS = ['2024-01-03', '2024-01-04'];

let folder: string;
let places: Places;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-places-'));
  places = {data: join(folder, 'own'), cache: join(folder, 'cache'), online: true, refresh: false, seed: 7};
});
afterEach(() => rm(folder, {recursive: true}));

async function put(where: string, gold: string, fx: string): Promise<void> {
  await mkdir(join(where, 'gold'), {recursive: true});
  await mkdir(join(where, 'covariates'), {recursive: true});
  await writeFile(join(where, 'gold/nbp-gold-pln-daily.csv'), gold);
  await writeFile(join(where, 'covariates/nbp-fx-daily.csv'), fx);
}

type Answer = (path: string, request: number) => {status: number; body: string};

/** A server on loopback in the place of api.nbp.pl. */
async function withBank(
  answer: Answer,
  use: (context: DownloadContext, paths: string[]) => Promise<void>,
): Promise<void> {
  const paths: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    const {status, body} = answer(path, paths.push(path));
    response.writeHead(status, {'content-type': 'application/json'}).end(body);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  try {
    await use(
      {
        fetch: (url, init) => fetch(String(url).replace('https://api.nbp.pl', `http://127.0.0.1:${port}`), init),
        wait: async () => undefined,
        today: '2013-07-01',
        progress: () => undefined,
      },
      paths,
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Every weekday has a price; asks of more than 93 days are refused, as the bank refuses them. */
const bank: Answer = path => {
  const [, from = '', to = ''] = /(\d{4}-\d\d-\d\d)\/(\d{4}-\d\d-\d\d)/.exec(path) ?? [];
  const days: string[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to); time += 86_400_000) {
    if (new Date(time).getUTCDay() % 6 !== 0) days.push(new Date(time).toISOString().slice(0, 10));
  }
  if (Date.parse(to) - Date.parse(from) > 93 * 86_400_000) return {status: 400, body: '400 BadRequest - limit'};
  if (days.length === 0) return {status: 404, body: '404 NotFound'};
  const body = path.includes('cenyzlota')
    ? days.map(data => ({data, cena: 160.5}))
    : {table: 'A', code: 'USD', rates: days.map(effectiveDate => ({no: '1', effectiveDate, mid: 3.25}))};
  return {status: 200, body: JSON.stringify(body)};
};

const offline: DownloadContext = {
  fetch: () => Promise.reject(new TypeError('fetch failed')),
  wait: async () => undefined,
  today: '2024-01-05',
  progress: () => undefined,
};

test("the price belongs to the day of the row before in the table of rates, at that row's rate", async () => {
  await put(folder, GOLD, FX);
  const {table} = await findData(goldUsdDaily, {...places, data: folder}, offline);
  expect(table.columns.date).toEqual(['2024-01-02', '2024-01-03']);
  expect(table.columns.price[0]).toBeCloseTo((260.5 * 31.1034768) / 3.9432, 2);
  expect(table.columns.price[1]).toBeCloseTo((262.25 * 31.1034768) / 3.9909, 2);
});

test("the user's folder comes before the cache, the cache before the public source", async () => {
  await put(places.data ?? '', GOLD, FX);
  await put(places.cache, GOLD.replace('260.5', '300'), FX);
  const own = await findData(goldUsdDaily, places, offline);
  const cached = await findData(goldUsdDaily, {...places, data: null}, offline);
  expect(own.table.columns.price[0]).toBeLessThan(2100);
  expect(cached.table.columns.price[0]).toBeGreaterThan(2300);
  expect([own.simulated, cached.simulated]).toEqual([false, false]);
});

test('wrong data in a place is an error, never replaced in silence by another place', async () => {
  await put(places.data ?? '', GOLD.replace('262.25', 'gold!'), FX);
  await put(places.cache, GOLD, FX);
  await expect(findData(goldUsdDaily, places, offline)).rejects.toThrow(
    'gold/nbp-gold-pln-daily.csv, row 3, column "gold_pln_per_g": "gold!" is not a number',
  );
});

test('the public source is asked 93 days at a time, and its answer kept for the next time', async () => {
  await withBank(bank, async (context, paths) => {
    const found = await findData(goldUsdDaily, places, context);
    expect(found.simulated).toBe(false);
    expect(found.table.columns.date[0]).toBe('2013-01-01');
    expect(found.table.columns.date.at(-1)).toBe('2013-06-28');
    expect(found.table.columns.price[0]).toBeCloseTo((160.5 * 31.1034768) / 3.25, 2);
    expect(paths).toHaveLength(1 + 2 * 2);
    await findData(goldUsdDaily, places, context);
    expect(paths).toHaveLength(5);
  });
});

test('a source that fails at first is asked again', async () => {
  const flaky: Answer = (path, request) => (request % 3 === 1 ? {status: 503, body: 'busy'} : bank(path, request));
  await withBank(flaky, async context => {
    expect((await findData(goldUsdDaily, places, context)).simulated).toBe(false);
  });
});

test('an answer in another format is not kept; a simulation stands in and says why', async () => {
  const changed: Answer = () => ({status: 200, body: '{"prices": []}'});
  await withBank(changed, async context => {
    const found = await findData(goldUsdDaily, places, context);
    expect(found.simulated).toBe(true);
    expect(found.notes[0]).toMatch(/^SIMULATED.*unknown format/);
    await expect(readdir(places.cache)).rejects.toThrow('ENOENT');
  });
});

test('offline, the cache is used although a refresh was asked for, and the user is told', async () => {
  await put(places.cache, GOLD, FX);
  const found = await findData(goldUsdDaily, {...places, refresh: true}, offline);
  expect(found).toMatchObject({simulated: false, notes: [expect.stringContaining('Not refreshed')]});
  expect(await readFile(join(places.cache, 'gold/nbp-gold-pln-daily.csv'), 'utf8')).toBe(GOLD);
});

test('the simulation is the same for the same seed, and another for another', async () => {
  const [first, again, other] = await Promise.all(
    [7, 7, 8].map(seed => findData(goldUsdDaily, {...places, seed, online: false}, offline)),
  );
  expect(first?.table.columns).toEqual(again?.table.columns);
  expect(first?.table.columns.price).not.toEqual(other?.table.columns.price);
  expect(DAYS.every(day => first?.table.columns.date.includes(day))).toBe(true);
});

test('a refresh asks only for what is newer than the data at hand', async () => {
  const rows = (header: string, value: number) => `${header}\n2013-06-26,${value}\n2013-06-27,${value}\n`;
  await put(
    places.data ?? '',
    rows('date,gold_pln_per_g', 200),
    `date,usd_pln\n2013-06-25,4\n2013-06-26,4\n2013-06-27,4\n`,
  );
  await withBank(bank, async (context, paths) => {
    const {table} = await findData(goldUsdDaily, {...places, refresh: true}, context);
    expect(paths).toEqual([
      expect.stringContaining('/cenyzlota/2013-06-28/2013-07-01/'),
      expect.stringContaining('/USD/2013-06-28/2013-07-01/'),
    ]);
    expect(table.columns.date).toEqual(['2013-06-25', '2013-06-26', '2013-06-27', '2013-06-28']);
    const cached = await findData(goldUsdDaily, {...places, data: null}, offline);
    expect(cached.table.columns).toEqual(table.columns);
  });
});
