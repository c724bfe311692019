import path from 'node:path';
import ts from 'typescript';
import {parseCell} from './cell.js';
import {declaredNames, type DeclarationKind} from './declared.js';

/** A cell as a module that the type checker can read. */
export interface CellFile {
  readonly path: string;
  /** One line that ties the cell to the others, then the cell's own text: half-written code cannot swallow it there. */
  readonly text: string;
  /** Where the cell's own text starts. */
  readonly start: number;
}

interface Owner {
  readonly module: string;
  readonly kind: DeclarationKind;
}

/**
 * The notebook as modules: each cell that ran is one, which exports all that it declares, and imports from the others
 * what it does not declare itself. A name declared again belongs to the later cell from then on.
 */
export class NotebookFiles {
  readonly #files = new Map<string, CellFile>();
  readonly #owners = new Map<string, Owner>();
  #committed = 0;

  constructor(readonly folder: string) {}

  get(file: string): CellFile | undefined {
    return this.#files.get(file);
  }

  /**
   * The file of a cell that is being typed or about to run; replaces the one before.
   * @param all imports every name of the notebook, for completion, and not only those that the text has.
   */
  draft(source: string, all = false): CellFile {
    const parsed = parseCell(source, 'draft.ts');
    const own = declaredNames(parsed);
    const isTsx = parsed.fileName.endsWith('x');
    const file = path.join(this.folder, `__ingot_draft.ts${isTsx ? 'x' : ''}`);
    const imports = this.#imports(source, own, all);
    const draft = {path: file, text: imports + source, start: imports.length};
    this.#files.delete(path.join(this.folder, `__ingot_draft.ts${isTsx ? '' : 'x'}`));
    this.#files.set(file, draft);
    return draft;
  }

  /** The cell ran: from now on the others see what it declares. */
  commit(source: string): void {
    const parsed = parseCell(source, 'cell.ts');
    const own = declaredNames(parsed);
    if (own.size === 0) {
      return;
    }
    const module = `__ingot_cell${++this.#committed}`;
    const file = path.join(this.folder, `${module}.${parsed.fileName.endsWith('x') ? 'tsx' : 'ts'}`);
    const exported = exportedNames(parsed);
    const names = [...own.keys()].filter(name => !exported.has(name));
    const imports = this.#imports(source, own, false);
    const text = `${imports}${source}\nexport {${names.join(', ')}};`;
    this.#files.set(file, {path: file, text, start: imports.length});
    own.forEach((kind, name) => {
      if (kind !== 'resource') {
        this.#owners.set(name, {module, kind});
      }
    });
  }

  #imports(source: string, own: ReadonlyMap<string, DeclarationKind>, all: boolean): string {
    const words = new Set(source.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
    const parts = ['export {};'];
    for (const [name, {module, kind}] of this.#owners) {
      if (own.has(name) || !(all || words.has(name))) {
        continue;
      }
      // A variable can be assigned in another cell, an import cannot.
      parts.push(
        kind === 'variable'
          ? `declare let ${name}: typeof import('./${module}.js').${name};`
          : `import {${name}} from './${module}.js';`,
      );
    }
    return `${parts.join(' ')}\n`;
  }
}

function exportedNames(file: ts.SourceFile): Set<string> {
  const exported = new Set<string>();
  for (const statement of file.statements) {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(each => each.kind === ts.SyntaxKind.ExportKeyword);
    if (isExported) {
      for (const name of declaredNames(ts.factory.updateSourceFile(file, [statement])).keys()) {
        exported.add(name);
      }
    }
  }
  return exported;
}
