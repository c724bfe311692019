import fs from 'node:fs/promises';
import {createRequire, isBuiltin} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import vm from 'node:vm';
import type {CompiledModule} from '../compile/module.js';
import {importOfKernel, isInstalled, packageOf, type Namespace} from './installed.js';
import type {Sources} from './sources.js';

interface Loaded {
  readonly stamp: string;
  /** Resolved paths of the files beside the notebook that it imports. */
  readonly files: readonly string[];
  readonly exports: Namespace;
  readonly done: Promise<void>;
}

const EXTENSIONS = ['', '.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];

/**
 * Imports for cells. Packages are loaded by Node itself, as an ES module would load them; a CommonJS package is the same
 * instance that `require` gives, shaped as its types say. Files beside the notebook are compiled here, and again when
 * they or what they import have changed.
 */
export class Modules {
  readonly require: NodeJS.Require;
  /** The names of the packages that were imported. */
  readonly packages = new Set<string>();
  readonly #files = new Map<string, Loaded>();
  readonly #nativeImport: (specifier: string, options?: unknown) => Promise<Namespace>;
  readonly #fallbackRequire = createRequire(import.meta.url);

  constructor(
    readonly folder: string,
    private readonly compile: (file: string) => Promise<CompiledModule>,
    private readonly sources: Sources,
    private readonly onImported: (specifier: string, namespace: Namespace) => Promise<void> | void = () => undefined,
  ) {
    const filename = path.join(folder, 'notebook.ts');
    this.require = createRequire(filename);
    this.#nativeImport = vm.runInThisContext('(specifier, options) => import(specifier, options)', {
      filename,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as (specifier: string, options?: unknown) => Promise<Namespace>;
  }

  /** @param from the folder that relative specifiers start from. */
  async import(specifier: string, from = this.folder, options?: unknown): Promise<Namespace> {
    const text = String(specifier);
    if (/^(\.{0,2}\/|\.{1,2}$|file:)/.test(text)) {
      return this.#importFile(await resolveFile(text, from));
    }
    return this.#importPackage(text, options);
  }

  async #importPackage(specifier: string, options: unknown): Promise<Namespace> {
    const namespace = (await isInstalled(specifier, this.folder))
      ? await this.#nativeImport(specifier, options)
      : await importOfKernel(specifier, this.folder);
    const shaped =
      'default' in namespace && this.#isCommonJs(namespace) ? commonJsNamespace(namespace['default']) : namespace;
    if (!isBuiltin(specifier)) {
      this.packages.add(packageOf(specifier));
    }
    await this.onImported(specifier, shaped);
    return shaped;
  }

  #isCommonJs(namespace: Namespace): boolean {
    const exported = namespace['default'];
    if ('module.exports' in namespace) {
      return true;
    }
    return (
      (typeof exported === 'object' || typeof exported === 'function') &&
      exported !== null &&
      Object.values(this.#fallbackRequire.cache).some(each => each?.exports === exported)
    );
  }

  async #importFile(file: string, importers: readonly string[] = []): Promise<Namespace> {
    const known = this.#files.get(file);
    if (known && (importers.includes(file) || (await this.#isFresh(file, new Set())))) {
      if (!importers.includes(file)) {
        await known.done;
      }
      return known.exports;
    }
    const stamp = await stampOf(file);
    const exports: Namespace = {};
    const files: string[] = [];
    const done = this.#run(file, exports, files, [...importers, file]);
    this.#files.set(file, {stamp, files, exports, done});
    try {
      await done;
    } catch (error) {
      this.#files.delete(file);
      throw error;
    }
    return this.#files.get(file)?.exports ?? exports;
  }

  async #run(file: string, exports: Namespace, files: string[], importers: readonly string[]): Promise<void> {
    if (file.endsWith('.json')) {
      const value = JSON.parse(await fs.readFile(file, 'utf8')) as unknown;
      Object.assign(exports, typeof value === 'object' && !Array.isArray(value) ? value : {}, {default: value});
      return;
    }
    if (file.endsWith('.node') || file.includes(`${path.sep}node_modules${path.sep}`)) {
      Object.assign(exports, commonJsNamespace(this.require(file)));
      return;
    }
    const folder = path.dirname(file);
    const {code, map, imports} = await this.compile(file);
    this.sources.add(file, map);
    const loaded = new Map<string, Namespace>();
    for (const specifier of imports) {
      if (specifier.startsWith('.')) {
        const target = await resolveFile(specifier, folder);
        files.push(target);
        loaded.set(specifier, await this.#importFile(target, importers));
      } else if (!specifier.startsWith('node:')) {
        loaded.set(specifier, await this.import(specifier, folder));
      }
    }
    const require = createRequire(file);
    const load = Object.assign((specifier: string) => asRequired(loaded.get(specifier)) ?? require(specifier), require);
    const module = {exports};
    const run = vm.runInThisContext(code, {filename: file, lineOffset: -1}) as (...args: unknown[]) => Promise<void>;
    const runtime = {import: (specifier: string, options?: unknown) => this.import(specifier, folder, options)};
    await run(runtime, exports, load, module, file, folder);
    if (module.exports !== exports) {
      Object.assign(exports, commonJsNamespace(module.exports));
    }
  }

  async #isFresh(file: string, seen: Set<string>): Promise<boolean> {
    if (seen.has(file)) {
      return true;
    }
    seen.add(file);
    const known = this.#files.get(file);
    if (!known || known.stamp !== (await stampOf(file))) {
      return false;
    }
    for (const each of known.files) {
      if (!(await this.#isFresh(each, seen))) {
        return false;
      }
    }
    return true;
  }
}

/** As TypeScript's `esModuleInterop` sees a CommonJS module, and as its types are written. */
export function commonJsNamespace(exported: unknown): Namespace {
  if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) {
    return {default: exported};
  }
  const members = exported as Namespace;
  if (members['__esModule']) {
    return members;
  }
  const namespace: Namespace = {};
  for (const name of Object.getOwnPropertyNames(members)) {
    if (name !== 'default' && !(typeof exported === 'function' && name in Function.prototype)) {
      Object.defineProperty(namespace, name, {enumerable: true, get: () => members[name]});
    }
  }
  namespace['default'] = exported;
  return namespace;
}

/** TypeScript's output asks `__esModule` whether `default` is a member. */
function asRequired(namespace: Namespace | undefined): Namespace | undefined {
  if (!namespace || '__esModule' in namespace) {
    return namespace;
  }
  return Object.create(namespace, {__esModule: {value: true}}) as Namespace;
}

async function resolveFile(specifier: string, from: string): Promise<string> {
  const target = specifier.startsWith('file:') ? fileURLToPath(specifier) : path.resolve(from, specifier);
  const stems = /\.[cm]?jsx?$/.test(target) ? [target, target.replace(/js(x?)$/, 'ts$1')] : [target];
  for (const stem of [...stems, path.join(target, 'index')]) {
    for (const extension of EXTENSIONS) {
      if (await isFile(stem + extension)) {
        return fs.realpath(stem + extension);
      }
    }
  }
  throw new Error(`Cannot find the file '${specifier}', looked for beside ${from}. Is the path right?`);
}

async function isFile(file: string): Promise<boolean> {
  return fs.stat(file).then(
    stat => stat.isFile(),
    () => false,
  );
}

async function stampOf(file: string): Promise<string> {
  const {mtimeMs, size, ino} = await fs.stat(file);
  return `${mtimeMs}:${size}:${ino}`;
}
