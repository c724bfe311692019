import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {compileParts, findCompiler} from '../native/compiler.js';
import {findWheel} from '../native/wheel.js';
import {createGraphSession} from './index.js';
import {floats, written} from './testing/cases.js';
import {home, root} from './testing/python.js';

const wheel = await findWheel(process.env['INGOT_PYTHON'] ?? join(home, 'python/bin/python'));

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ingot-gpu-'));
});
afterAll(() => rm(scratch, {recursive: true}));

/** A library that gives TensorFlow a device of the type GPU. */
async function buildGpu(): Promise<string> {
  const gpu = {
    kind: 'addon',
    sources: [join(root, 'tensorflow/fused/testing/gpu.cc')],
    headers: [],
    libraries: wheel.libraries,
    runPath: wheel.dir,
  } as const;
  const objects = join(scratch, 'objects');
  await mkdir(objects);
  const compiling = {compiler: await findCompiler(), include: [wheel.include], scratch: objects};
  await compileParts({'gpu.so': gpu}, scratch, compiling);
  return join(scratch, 'gpu.so');
}

// TensorFlow with CUDA has a device of that type itself: there gpu.test.ts asks the same of it.
const withoutCuda = process.platform === 'linux' && !wheel.cuda ? test : test.skip;

withoutCuda(
  "only what is on a processor as a whole becomes an op of Ingot's, which has no other kernel; all answers are right",
  async () => {
    const [dir, gpu] = await Promise.all([written('placed.py'), buildGpu()]);
    const script = new URL('./testing/placed.js', import.meta.url).pathname;
    const {stdout} = await promisify(execFile)(process.execPath, [script, dir], {
      env: {...process.env, LD_PRELOAD: gpu, INGOT_DEVICE: 'auto', TF_CPP_MIN_LOG_LEVEL: '3'},
    });
    const {devices, ran} = JSON.parse(stdout) as {
      devices: string[];
      ran: Record<string, {ops: string[]; error: number}>;
    };
    expect(devices).toEqual(['CPU', 'GPU']);
    expect(Object.keys(ran)).toHaveLength(26);
    for (const {error} of Object.values(ran)) expect(error).toBeLessThan(1e-5);
    const fused = Object.entries(ran).filter(([, {ops}]) => ops.length > 0);
    expect(Object.fromEntries(fused.map(([name, {ops}]) => [name, ops]))).toEqual({
      attention_cpu: ['IngotAttention'],
      norm_cpu: ['IngotLayerNorm'],
      dense_cpu: ['FusedMatMul'],
    });
  },
  240_000,
);

test('a graph that asks for a GPU runs where there is none', async () => {
  const session = createGraphSession(await readFile(join(await written('placed.py'), 'pinned.pb')), {device: 'cpu'});
  const step = session.prepare({feeds: ['x'], fetches: ['y']});
  const {fetched} = await step.run([{dtype: 'float32', shape: [2], data: floats(1, 2)}]);
  expect(fetched[0]?.data).toEqual(floats(2, 3));
  await session.dispose();
});
