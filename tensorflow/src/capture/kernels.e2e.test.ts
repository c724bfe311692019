import {tf} from '../native/index.js';
import {SavedCases} from '../testing/cases/saved-cases.js';
import {KERNEL_CASES} from '../testing/cases/kernels/index.js';

let cases: SavedCases;
beforeAll(async () => {
  cases = await SavedCases.of('kernels');
}, 300_000);
afterAll(() => cases.close());

test('the table has every kernel of tfjs-node', () => {
  const kernels = tf.getKernelsForBackend('tensorflow').map(({kernelName}) => kernelName);
  expect([...new Set(KERNEL_CASES.map(({kernel}) => kernel))].sort()).toEqual(kernels.sort());
});

test.each(KERNEL_CASES.filter(({refused}) => refused === undefined).map(({name}) => name))(
  '%s: Python and an exact engine compute what eager tfjs computes, bit for bit, at other sizes',
  async name => {
    const {python, engine, eager} = await cases.answers(name);
    expect(python).toEqual(eager);
    expect(engine).toEqual(eager);
  },
);

test.each(KERNEL_CASES.flatMap(({name, refused}) => (refused ? [[name, refused] as const] : [])))(
  '%s is refused by its name, with the line and the reason',
  (name, refused) => {
    expect(cases.errorOf(name)).toMatch(refused);
    expect(cases.errorOf(name)).toMatch(/cases[\\/]kernels[\\/][\w-]+\.[jt]s:\d+/);
  },
);
