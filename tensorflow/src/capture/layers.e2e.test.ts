import {tf} from '../native/index.js';
import {SavedCases} from '../testing/cases/saved-cases.js';
import {LAYER_CASES} from '../testing/cases/layers.js';

let cases: SavedCases;
beforeAll(async () => {
  cases = await SavedCases.of('layers');
}, 300_000);
afterAll(() => cases.close());

test.each(LAYER_CASES.map(({name}) => name))(
  '%s: Python and an exact engine compute what eager tfjs computes, bit for bit, at other sizes',
  async name => {
    const {python, engine, eager} = await cases.answers(name);
    expect(python).toEqual(eager);
    expect(engine).toEqual(eager);
  },
);

/** Makers that make no layer to save, other names of one, and layers that fail in tfjs 4.22 as in README.md. */
const NO_CASE =
  /^(input|inputLayer|rnn|lstmCell|gruCell|simpleRNNCell|convLstm2dCell|stackedRNNCells|(avg|average|max|globalMax)Pool(ing)?[123]d|resizing|randomWidth|categoryEncoding)$/i;

test('the table has every layer of tfjs', () => {
  const makers = Object.keys(tf.layers).filter(name => /^[a-z]/.test(name) && !NO_CASE.test(name));
  const names = LAYER_CASES.map(({name}) => name.toLowerCase());
  expect(makers.filter(maker => !names.some(name => name.includes(maker.toLowerCase())))).toEqual([]);
});
