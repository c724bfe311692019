import {SavedCases} from '../testing/saved-cases.js';
import {LAYER_CASES} from './layer-cases.js';

let cases: SavedCases;
beforeAll(async () => {
  cases = await SavedCases.make('save-layer-cases.js');
}, 300_000);
afterAll(() => cases.close());

test.each(LAYER_CASES.map(({name}) => name))(
  '%s: Python computes what eager tfjs computes, bit for bit, at other sizes',
  name => cases.check(name),
);
