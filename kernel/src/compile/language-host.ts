import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';
import type {NotebookFiles} from './notebook-files.js';

const GLOBALS = fileURLToPath(new URL('../../types/notebook-globals.d.ts', import.meta.url));
/** Packages that the notebook's folder lacks are those that come with the kernel, as they are when a cell runs. */
const KERNEL_FILE = fileURLToPath(import.meta.url);

/** As a notebook wants it: nothing forbids a quick experiment. A `tsconfig.json` in the notebook's folder overrides. */
const DEFAULTS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.esnext.decorators.d.ts', 'lib.esnext.iterator.d.ts'],
  types: ['node'],
  jsx: ts.JsxEmit.React,
};

/** What the loader of cells does, whatever a `tsconfig.json` says. */
const FIXED: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  esModuleInterop: true,
  allowJs: true,
  resolveJsonModule: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  noUnusedLocals: false,
  noUnusedParameters: false,
  composite: false,
  incremental: false,
};

/** The notebook, and the files on disk that it imports, as TypeScript's language service wants to see them. */
export class LanguageHost implements ts.LanguageServiceHost {
  readonly #options: ts.CompilerOptions;
  #draft: string | undefined;
  #resolutions: ts.ModuleResolutionCache | undefined;

  constructor(
    private readonly files: NotebookFiles,
    private readonly isCancelled: () => boolean,
  ) {
    this.#options = {...DEFAULTS, typeRoots: typeRoots(files.folder), ...folderOptions(files.folder), ...FIXED};
  }

  show(draft: string): void {
    this.#draft = draft;
    // What was missing may have been installed, or written, meanwhile.
    this.#resolutions = undefined;
  }

  resolveModuleNameLiterals = (
    literals: readonly ts.StringLiteralLike[],
    file: string,
    reference: ts.ResolvedProjectReference | undefined,
    options: ts.CompilerOptions,
  ) => {
    const cache = (this.#resolutions ??= ts.createModuleResolutionCache(this.files.folder, name => name, options));
    const resolve = (name: string, from: string) =>
      ts.resolveModuleName(name, from, options, this, cache, reference, ts.ModuleKind.ESNext);
    return literals.map(({text}) => {
      const found = resolve(text, file);
      const isMissing = !found.resolvedModule && !text.startsWith('.') && !file.includes('node_modules');
      return isMissing ? resolve(text, KERNEL_FILE) : found;
    });
  };

  getCancellationToken = () => ({isCancellationRequested: this.isCancelled});
  getCompilationSettings = () => this.#options;
  getScriptFileNames = () => (this.#draft === undefined ? [GLOBALS] : [GLOBALS, this.#draft]);
  getCurrentDirectory = () => this.files.folder;
  getDefaultLibFileName = (options: ts.CompilerOptions) => ts.getDefaultLibFilePath(options);
  useCaseSensitiveFileNames = () => true;
  fileExists = (file: string) => this.files.get(file) !== undefined || ts.sys.fileExists(file);
  readFile = (file: string, encoding?: string) => this.files.get(file)?.text ?? ts.sys.readFile(file, encoding);
  readDirectory = ts.sys.readDirectory;
  directoryExists = ts.sys.directoryExists;
  getDirectories = ts.sys.getDirectories;
  realpath = (file: string) => (this.files.get(file) ? file : (ts.sys.realpath?.(file) ?? file));

  getScriptVersion = (file: string) => {
    const cell = this.files.get(file);
    if (cell) {
      return cell.text;
    }
    // Packages do not change under a running kernel; the user's own files do.
    return file.includes('node_modules') ? '1' : String(ts.sys.getModifiedTime?.(file)?.getTime() ?? 0);
  };

  getScriptSnapshot = (file: string) => {
    const text = this.readFile(file);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  };
}

/** Node's types as the notebook's folder has them, or those that come with the kernel. */
function typeRoots(folder: string): string[] {
  for (const from of [path.join(folder, 'notebook.ts'), KERNEL_FILE]) {
    try {
      return [path.dirname(path.dirname(createRequire(from).resolve('@types/node/package.json')))];
    } catch {
      // Not installed there: the next place.
    }
  }
  return [];
}

function folderOptions(folder: string): ts.CompilerOptions {
  const file = path.join(folder, 'tsconfig.json');
  if (!ts.sys.fileExists(file)) {
    return {};
  }
  const {config} = ts.readConfigFile(file, ts.sys.readFile) as {config?: unknown};
  return config ? ts.parseJsonConfigFileContent(config, ts.sys, folder).options : {};
}
