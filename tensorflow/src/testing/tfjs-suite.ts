/**
 * Runs the tests that tfjs-core and tfjs-node bring in their npm packages, with the binding that is built here, but for
 * those that tfjs-node itself leaves out (its dist/run_tests.js): node tfjs-suite.js FILE, which gets the results as JSON.
 * `node tfjs-suite.js FILE left-out` runs those.
 */
import {mkdtempSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import Module, {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import {tf} from '../index.js';

/** One test that was run. */
export interface SuiteResult {
  readonly name: string;
  readonly status: string;
  /** Of the first expectation that was not met. */
  readonly message: string | undefined;
}

interface Spec {
  getFullName(): string;
}
interface SpecResult {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: readonly {readonly message: string}[];
}
interface Jasmine {
  DEFAULT_TIMEOUT_INTERVAL: number;
  getEnv(): {
    configure(options: object): void;
    addReporter(reporter: object): void;
    execute(): Promise<unknown>;
  };
}
/** Node's CommonJS loader, as far as it is changed here. */
interface Loader {
  readonly _extensions: Record<string, (module: {_compile(code: string, file: string): void}, file: string) => void>;
  _load(request: string, ...rest: unknown[]): unknown;
}

const require = createRequire(import.meta.url);
const tfjsNode = path.dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
const fromTfjs = createRequire(path.join(tfjsNode, 'package.json'));

/** tfjs-core's tests are ES modules in files that Node takes for CommonJS, and require two packages that it does not bring. */
function teachNode(loader: Loader): void {
  const load = loader._extensions['.js'] as Loader['_extensions'][string];
  loader._extensions['.js'] = (module, file) => {
    const code = /tfjs-core[\\/]dist[\\/](?!tf-core)/.test(file) ? readFileSync(file, 'utf8') : '';
    if (!/^(import|export) /m.test(code)) return load(module, file);
    const compilerOptions = {module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true};
    module._compile(ts.transpileModule(code, {compilerOptions}).outputText, file);
  };
  const find = loader._load.bind(loader);
  loader._load = (request, ...rest) => {
    if (request === 'tmp') return {dirSync: () => ({name: mkdtempSync(path.join(tmpdir(), 'ingot-tfjs-'))})};
    return find(request.startsWith('jasmine-core') ? require.resolve(request) : request, ...rest);
  };
}

/** Parts of the names of tests that tfjs-node leaves out. */
function leftOut(): string[] {
  const runner = readFileSync(path.join(tfjsNode, 'dist/run_tests.js'), 'utf8');
  const list = /IGNORE_LIST = \[(.*?)\n\];/s.exec(runner)?.[1];
  if (list === undefined) throw new Error("tfjs-node's dist/run_tests.js has no IGNORE_LIST any more.");
  return Array.from(list.matchAll(/^ *'(.*)',?$/gm), ([, name]) => name as string);
}

teachNode(Module as unknown as Loader);
const jasmine = (require('jasmine-core') as {boot(): Jasmine}).boot();
const {setTestEnvs} = fromTfjs('@tensorflow/tfjs-core/dist/jasmine_util') as {setTestEnvs(envs: object[]): void};
setTestEnvs([{name: 'test-tensorflow', backendName: 'tensorflow', flags: {}, isDataSync: true}]);
jasmine.DEFAULT_TIMEOUT_INTERVAL = 120_000;

const names = leftOut();
const wanted = process.argv[3] === 'left-out';
const results: SuiteResult[] = [];
jasmine.getEnv().configure({
  random: false,
  specFilter: (spec: Spec) => names.some(name => spec.getFullName().includes(name)) === wanted,
});
jasmine.getEnv().addReporter({
  specDone({fullName: name, status, failedExpectations: [failure]}: SpecResult) {
    if (status !== 'excluded') results.push({name, status, message: failure?.message});
  },
});
fromTfjs('@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops');
fromTfjs('@tensorflow/tfjs-core/dist/register_all_gradients');
fromTfjs('@tensorflow/tfjs-core/dist/tests');
const tests = readdirSync(path.join(tfjsNode, 'dist'), {recursive: true, encoding: 'utf8'});
for (const file of tests.filter(file => file.endsWith('_test.js'))) fromTfjs(path.join(tfjsNode, 'dist', file));
tf.setBackend('tensorflow');
await jasmine.getEnv().execute();
writeFileSync(process.argv[2] as string, JSON.stringify(results));
// Tests of tfjs leave servers and timers behind.
process.exit(0);
