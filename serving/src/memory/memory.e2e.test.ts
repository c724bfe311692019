import {order, startOver} from '../testing/admin.js';
import {get, post, states, until, type RunningServer} from '../testing/server.js';
import {HALF_PLUS, testVolume, type TestVolume} from '../testing/volume.js';

const MODELS = 12;
/** Room for a few of them. */
const BUDGET_MB = 4;

let volume: TestVolume;
let server: RunningServer | undefined;

beforeAll(async () => {
  volume = await testVolume();
}, 180_000);
afterAll(async () => {
  await server?.stop('SIGKILL');
  await volume.remove();
});

test('models beyond the memory budget answer as if they were in memory, which holds no more than it may', async () => {
  const names = Array.from({length: MODELS}, (_, i) => `half-${i}`);
  for (const [i, name] of names.entries()) await volume.publish(name, 1, HALF_PLUS[i % 2 === 0 ? 3 : 4]);
  const running = await startOver(volume, `--model_memory_budget_mb=${BUDGET_MB}`);
  server = running;

  const ask = async (name: string): Promise<unknown> => {
    const {text} = await post(`${running.url}/v1/models/${name}:predict`, '{"instances": [2, 2]}');
    return JSON.parse(text);
  };
  const wanted = (i: number): object => ({predictions: i % 2 === 0 ? [3, 3] : [4, 4]});
  const resident = async (): Promise<string[]> => {
    const found = await Promise.all(names.map(async name => (await order(running, `GET models/${name}`)).model));
    return found.filter(({versions}) => versions[0]?.memory?.resident).map(({name}) => name);
  };
  for (const [i, name] of names.entries()) expect(await ask(name)).toEqual(wanted(i));
  expect(await states(running, 'half-0')).toEqual({1: 'AVAILABLE'});
  const inMemory = await resident();
  expect(inMemory.length).toBeGreaterThan(0);
  expect(inMemory).toEqual(names.slice(-inMemory.length));
  expect(inMemory.length).toBeLessThan(MODELS / 2);

  const rounds = Array.from({length: 3}, () =>
    names.map(async (name, i) => expect(await ask(name)).toEqual(wanted(i))),
  );
  await Promise.all(rounds.flat());

  const {text} = await get(`${running.url}/metrics`);
  const metric = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(metric('ingot_models_memory_bytes\\{what="used"\\}')).toBeLessThanOrEqual(BUDGET_MB * 2 ** 20);
  expect(metric('ingot_models_memory_moves_total\\{what="wake"\\}')).toBeGreaterThanOrEqual(MODELS);
  expect(text).toContain('ingot_model_resident{model="half-0",version="1"}');
});

test('what runs take counts as well: models leave for it, and still answer', async () => {
  await server?.stop();
  await volume.publish('moody', 1, 'moody/1');
  // Room for all of them while nothing runs.
  const running = await startOver(volume, '--model_memory_budget_mb=24');
  server = running;
  const resident = async (): Promise<number> => {
    const {text} = await get(`${running.url}/metrics`);
    return [...text.matchAll(/^ingot_model_resident\{.*\} 1$/gm)].length;
  };
  expect(await resident()).toBe(MODELS + 1);
  // Floats that fill a quarter of a gigabyte; how long they are there depends on the machine, and so whether one is seen.
  const large = '{"signature_name": "fill", "instances": [67108864]}';
  await until(
    async () => {
      expect((await post(`${running.url}/v1/models/moody:predict`, large)).status).toBe(200);
      return resident();
    },
    count => count < MODELS,
  );
  expect((await post(`${running.url}/v1/models/half-0:predict`, '{"instances": [2]}')).status).toBe(200);
  const {text} = await get(`${running.url}/metrics`);
  expect(text).toContain(`ingot_models_memory_bytes{what="runs"} ${12 * 2 ** 20}\n`);
  expect(text).toMatch(/ingot_models_memory_bytes\{what="measured"\} [1-9]/);
}, 60_000);
