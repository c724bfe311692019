import {SavedCases} from '../testing/cases/saved-cases.js';
import {OP_CASES} from '../testing/cases/ops.js';

let cases: SavedCases;
beforeAll(async () => {
  cases = await SavedCases.of('ops');
}, 300_000);
afterAll(() => cases.close());

test.each(OP_CASES.map(({name}) => name))(
  '%s: Python and an exact engine compute what eager tfjs computes, bit for bit, at other sizes',
  async name => {
    const {python, engine, eager} = await cases.answers(name);
    expect(python).toEqual(eager);
    expect(engine).toEqual(eager);
  },
);
