import {SavedCases} from '../testing/saved-cases.js';
import {OP_CASES} from '../testing/op-cases.js';

let cases: SavedCases;
beforeAll(async () => {
  cases = await SavedCases.make('save-op-cases.js');
}, 300_000);
afterAll(() => cases.close());

test.each(OP_CASES.map(({name}) => name))(
  '%s: Python computes what eager tfjs computes, bit for bit, at other sizes',
  name => cases.check(name),
);
