import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {expectClose} from '../testing/twins.js';

test('a model that is saved with its optimizer after every batch is the same as op by op, and can be trained on', () => {
  const program = fileURLToPath(new URL('../testing/save-in-training.js', import.meta.url));
  const printed = execFileSync(process.execPath, [program], {
    encoding: 'utf8',
    env: {...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '3'},
  });
  const [eager, compiled] = JSON.parse(printed) as [number[], number[]];
  // 9 batches of the weights, the moving statistics, the optimizer's count and two slots for each trained weight.
  expect(eager).toHaveLength(9 * (25 + 20 + 18 + 1 + 2 * (25 + 10 + 18)) + 3);
  expectClose(compiled, eager);
});
