import ts from 'typescript';
import {declaredNames, type DeclarationKind} from './declared.js';
import {CELL_PARAMETERS, RUNTIME, SCOPE} from './runtime-names.js';
import {cellTransformer} from './transform.js';

/** A position in a cell as the user wrote it; line and column count from 0. */
export interface CellPosition {
  readonly line: number;
  readonly column: number;
}

export interface SyntaxProblem extends CellPosition {
  readonly code: number;
  readonly message: string;
  readonly length: number;
}

export interface CompiledCell {
  /** An expression: an async function whose parameters are `CELL_PARAMETERS`. Its code starts on the second line. */
  readonly code: string;
  /** Source map (version 3, JSON) from the lines after the first to the cell's. */
  readonly map: string;
  readonly declared: readonly (readonly [name: string, kind: DeclarationKind])[];
  /** Names of other cells that are read as soon as the cell runs, with the place of their first use. */
  readonly needs: readonly (readonly [name: string, at: CellPosition])[];
  readonly hasImports: boolean;
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  jsx: ts.JsxEmit.React,
  isolatedModules: true,
  noLib: true,
  noResolve: true,
  noCheck: true,
  sourceMap: true,
  newLine: ts.NewLineKind.LineFeed,
  types: [],
};

/**
 * Compiles one cell without looking at types: what it imports and what other cells declared need not be known, so it
 * takes a few milliseconds whatever was imported.
 * @param isBuiltin true for a name that the runtime itself provides and that no cell has declared.
 * @returns the compiled cell, or why it is not TypeScript.
 */
export function compileCell(
  source: string,
  name: string,
  isBuiltin: (name: string) => boolean,
): CompiledCell | {readonly problems: readonly SyntaxProblem[]} {
  const file = parseCell(source, name);
  const problems = syntaxProblems(file);
  if (problems.length > 0) {
    return {problems};
  }
  const own = declaredNames(file);
  const program = singleFileProgram(file, own.has('React') ? '' : `${SCOPE}.`);
  const checker = program.getTypeChecker();
  const needs = new Map<string, CellPosition>();
  const isFree = (node: ts.Identifier) => {
    const symbol = ts.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    return !symbol && !own.has(node.text) && node.text !== 'arguments' && !isBuiltin(node.text);
  };
  const onEagerName = (node: ts.Identifier) => {
    if (!needs.has(node.text)) {
      needs.set(node.text, positionOf(file, node.getStart(file)));
    }
  };
  let code = '';
  let map = '';
  program.emit(
    file,
    (path, text) => {
      if (path.endsWith('.map')) {
        map = text;
      } else {
        code = text;
      }
    },
    undefined,
    false,
    {before: [cellTransformer({isFree, onEagerName})]},
  );
  const body = code.replace(/^export \{\};\n?/m, '').replace(/\/\/# sourceMappingURL=.*\s*$/, '');
  return {
    code: wrap(body, own),
    map,
    declared: [...own],
    needs: [...needs],
    hasImports: file.statements.some(ts.isImportDeclaration),
  };
}

/** A cell is a module whatever it holds: in a script, `await (x)` and `await [x]` would call or index something named await. */
function markAsModule(file: ts.SourceFile): void {
  // Not in the public types: what `moduleDetection: force` sets.
  (file as {externalModuleIndicator?: ts.Node | true}).externalModuleIndicator = true;
}

/** Parses as TypeScript, or as TSX when only that makes sense of it. */
export function parseCell(source: string, name: string): ts.SourceFile {
  const parse = (kind: ts.ScriptKind, path: string) =>
    ts.createSourceFile(
      path,
      source,
      {
        languageVersion: ts.ScriptTarget.ESNext,
        impliedNodeFormat: ts.ModuleKind.ESNext,
        setExternalModuleIndicator: markAsModule,
      },
      true,
      kind,
    );
  const plain = parse(ts.ScriptKind.TS, name);
  if (parseErrors(plain).length > 0 && source.includes('<')) {
    const jsx = parse(ts.ScriptKind.TSX, `${name}x`);
    if (parseErrors(jsx).length === 0) {
      return jsx;
    }
  }
  return plain;
}

export function positionOf(file: ts.SourceFile, offset: number): CellPosition {
  const {line, character} = file.getLineAndCharacterOfPosition(offset);
  return {line, column: character};
}

function syntaxProblems(file: ts.SourceFile): SyntaxProblem[] {
  return parseErrors(file).map(({start, length, code, messageText}) => ({
    ...positionOf(file, start),
    length,
    code,
    message: ts.flattenDiagnosticMessageText(messageText, '\n'),
  }));
}

export function parseErrors(file: ts.SourceFile): readonly ts.DiagnosticWithLocation[] {
  // Not in the public types, but what `program.getSyntacticDiagnostics` returns for a TypeScript file.
  return (file as unknown as {parseDiagnostics: ts.DiagnosticWithLocation[]}).parseDiagnostics;
}

function singleFileProgram(file: ts.SourceFile, scope: string): ts.Program {
  const host: ts.CompilerHost = {
    getSourceFile: path => (path === file.fileName ? file : undefined),
    getDefaultLibFileName: () => '',
    writeFile: () => undefined,
    getCurrentDirectory: () => '/',
    getCanonicalFileName: path => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: path => path === file.fileName,
    readFile: () => undefined,
  };
  const jsx = {jsxFactory: `${scope}React.createElement`, jsxFragmentFactory: `${scope}React.Fragment`};
  return ts.createProgram({rootNames: [file.fileName], options: {...OPTIONS, ...jsx}, host});
}

function wrap(body: string, own: ReadonlyMap<string, DeclarationKind>): string {
  const members = [...own]
    .filter(([, kind]) => kind !== 'type' && kind !== 'resource')
    .map(([name]) => `${JSON.stringify(name)}:[()=>${name},__v=>{${name}=__v}]`);
  const define = members.length > 0 ? `${RUNTIME}.define({${members.join(',')}});` : '';
  return `(async function(${CELL_PARAMETERS.join(',')}){"use strict";${define}\n${body}\n})`;
}
