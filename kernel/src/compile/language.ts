import ts from 'typescript';
import type {Completions, Inspection, Problem} from '../threads/messages.js';
import {positionOf} from './cell.js';
import {kindOf, ownSignature} from './kinds.js';
import {LanguageHost} from './language-host.js';
import {NotebookFiles} from './notebook-files.js';
import {packageNameAt, packageNames} from './package-names.js';

/** Problems that come of how cells are joined, or that say nothing about what will happen when the cell runs. */
const IGNORED = new Set([
  2323, // redeclared export: the cell's own `export` beside the notebook's
  2484, // the same, of the export list
  7016, // a package without types works as well
  1203,
  1202, // `export =` and `import = require`, which the loader knows
]);
const MAX_MATCHES = 1000;

/** TypeScript's language service over the notebook: types, completion, documentation. */
export class Language {
  readonly #files: NotebookFiles;
  readonly #host: LanguageHost;
  readonly #service: ts.LanguageService;
  #isChecking = false;

  /** @param isUrgent asked while types are checked: when true, the check is given up. */
  constructor(
    folder: string,
    private readonly isUrgent: () => boolean = () => false,
  ) {
    this.#files = new NotebookFiles(folder);
    this.#host = new LanguageHost(this.#files, () => this.#isChecking && this.isUrgent());
    this.#service = ts.createLanguageService(this.#host, ts.createDocumentRegistry(true, folder));
  }

  /** Reads the libraries' types, so that the first cell does not wait for them. */
  warmUp(): void {
    this.check('1', true);
  }

  commit(source: string): void {
    this.#files.commit(source);
  }

  /** Type errors of a cell that has not been committed; none when the check was given up, unless it `must` be made. */
  check(source: string, must = false): Problem[] {
    const draft = this.#draft(source, false);
    const problems: Problem[] = [];
    for (const {file, start, length = 1, code, category, messageText} of this.#diagnostics(draft.path, must)) {
      const isOwn = file?.fileName === draft.path && start !== undefined && start >= draft.start;
      if (isOwn && category === ts.DiagnosticCategory.Error && !IGNORED.has(code)) {
        const message = ts.flattenDiagnosticMessageText(messageText, '\n');
        const {line, column} = positionOf(file, start);
        problems.push({line: line - 1, column, code, message, length});
      }
    }
    return problems;
  }

  complete(source: string, offset: number): Completions {
    const specifier = packageNameAt(source, offset);
    if (specifier) {
      const names = packageNames(this.#files.folder, specifier.text);
      return {matches: names.map(text => ({text, type: 'module'})), start: specifier.start, end: offset};
    }
    const draft = this.#draft(source, true);
    const word = /[\p{ID_Continue}$]*$/u.exec(source.slice(0, offset))?.[0] ?? '';
    const start = offset - word.length;
    if (/^\d/.test(word)) {
      return {matches: [], start: offset, end: offset};
    }
    const found = this.#service.getCompletionsAtPosition(draft.path, draft.start + offset, {
      includeCompletionsForModuleExports: false,
      includeCompletionsWithInsertText: false,
      includeCompletionsForImportStatements: true,
      includeSymbol: true,
    });
    const entries = (found?.entries ?? [])
      .filter(entry => isOffered(entry, word))
      .sort((a, b) => rank(a, word) - rank(b, word) || compare(a.sortText, b.sortText) || byName(a.name, b.name))
      .slice(0, MAX_MATCHES);
    const span = entries[0]?.replacementSpan;
    const checker = this.#service.getProgram()?.getTypeChecker();
    return {
      matches: entries.map(entry => ({text: entry.name, type: kindOf(entry, checker)})),
      start: span ? span.start - draft.start : start,
      end: span ? span.start - draft.start + span.length : offset,
    };
  }

  /** The type and documentation of what is at the offset, or of the function whose arguments are being written there. */
  inspect(source: string, offset: number): Inspection | null {
    const draft = this.#draft(source, false);
    const at = draft.start + offset;
    const info =
      this.#service.getQuickInfoAtPosition(draft.path, at) ??
      (offset > 0 ? this.#service.getQuickInfoAtPosition(draft.path, at - 1) : undefined);
    if (info) {
      const {displayParts, documentation, tags} = info;
      return {
        signature: ownSignature(ts.displayPartsToString(displayParts)),
        documentation: prose(documentation, tags),
      };
    }
    const help = this.#service.getSignatureHelpItems(draft.path, at, undefined);
    const item = help?.items[help.selectedItemIndex];
    if (!item) {
      return null;
    }
    const separator = ts.displayPartsToString(item.separatorDisplayParts);
    const parameters = item.parameters.map(each => ts.displayPartsToString(each.displayParts)).join(separator);
    const [before, after] = [item.prefixDisplayParts, item.suffixDisplayParts].map(each =>
      ts.displayPartsToString(each),
    );
    return {signature: `${before}${parameters}${after}`, documentation: prose(item.documentation, item.tags)};
  }

  #diagnostics(file: string, must: boolean): readonly ts.Diagnostic[] {
    this.#isChecking = !must;
    try {
      return this.#service.getSemanticDiagnostics(file);
    } catch (error) {
      if (error instanceof ts.OperationCanceledException) {
        return [];
      }
      throw error;
    } finally {
      this.#isChecking = false;
    }
  }

  #draft(source: string, all: boolean) {
    const draft = this.#files.draft(source, all);
    this.#host.show(draft.path);
    return draft;
  }
}

function isOffered({name, kind}: ts.CompletionEntry, word: string): boolean {
  return (
    kind !== ts.ScriptElementKind.warning &&
    !name.startsWith('__ingot') &&
    name.toLowerCase().includes(word.toLowerCase())
  );
}

/** What starts with the word comes first, then what contains it. */
function rank({name}: ts.CompletionEntry, word: string): number {
  return name.startsWith(word) ? 0 : name.toLowerCase().startsWith(word.toLowerCase()) ? 1 : 2;
}

/** Functions and values before classes and types, by how their names are written; what is marked as private last. */
function byName(a: string, b: string): number {
  const group = (name: string) => (name.startsWith('_') ? 2 : Number(/^\p{Lu}/u.test(name)));
  return group(a) - group(b) || compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function prose(documentation: ts.SymbolDisplayPart[] | undefined, tags: ts.JSDocTagInfo[] | undefined): string {
  // `@doc` places a function in the web pages of TensorFlow.js.
  const notes = (tags ?? [])
    .filter(({name}) => name !== 'doc')
    .map(({name, text}) => `*@${name}* ${ts.displayPartsToString(text)}`.trim());
  return [ts.displayPartsToString(documentation), ...notes].filter(part => part !== '').join('\n\n');
}
