import fs from 'node:fs';
import {builtinModules} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

/** What is being typed between the quotes of an import. */
export interface Specifier {
  readonly text: string;
  /** Where it starts in the source, after the quote. */
  readonly start: number;
}

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const KERNEL = fileURLToPath(new URL('../..', import.meta.url));
const BEFORE_SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"\n]*)$/;
/** A name that is still being typed: no folder of a package after it, no file. */
const NAME_ONLY = /^(?![./])(@[^/]*(\/[^/]*)?|[^@/][^/]*|)$/;

/** The package's name that is being typed at the offset, if one is. */
export function packageNameAt(source: string, offset: number): Specifier | undefined {
  const text = BEFORE_SPECIFIER.exec(source.slice(0, offset))?.[2];
  return text !== undefined && NAME_ONLY.test(text) ? {text, start: offset - text.length} : undefined;
}

/**
 * Names of packages that start so: first what comes with the kernel and what the folder's package.json asks for, then
 * Node's own, then whatever else is installed where the folder's imports look.
 */
export function packageNames(folder: string, prefix: string): string[] {
  const above = ancestors(folder);
  const asked = above.flatMap(each => dependencies(path.join(each, 'package.json'), true));
  const builtins = builtinModules.filter(name => !name.startsWith('_'));
  const names = [
    ...dependencies(path.join(KERNEL, 'package.json'), false),
    ...asked,
    ...builtins.map(name => `node:${name.replace(/^node:/, '')}`),
    ...(prefix === '' ? [] : [...builtins, ...above.flatMap(each => installed(path.join(each, 'node_modules')))]),
  ];
  return [...new Set(names.filter(name => name.startsWith(prefix)))];
}

function ancestors(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

function dependencies(manifest: string, development: boolean): string[] {
  let content: Manifest;
  try {
    content = JSON.parse(fs.readFileSync(manifest, 'utf8')) as Manifest;
  } catch {
    return []; // None here, or one that npm could not read either.
  }
  const own = development || content.name === undefined ? [] : [content.name];
  return [
    ...own,
    ...Object.keys({...content.dependencies, ...(development ? content.devDependencies : {})}).filter(
      name => !name.startsWith('@types/'),
    ),
  ];
}

function installed(modules: string): string[] {
  return names(modules).flatMap(name =>
    name.startsWith('@') ? names(path.join(modules, name)).map(each => `${name}/${each}`) : [name],
  );
}

function names(folder: string): string[] {
  try {
    return fs.readdirSync(folder).filter(name => !name.startsWith('.') && name !== '@types');
  } catch {
    return []; // Most folders have none.
  }
}
