import ts from 'typescript';
import {parseCell, parseErrors} from './cell.js';

export interface Completeness {
  readonly status: 'complete' | 'incomplete' | 'invalid';
  /** What the next line should start with. */
  readonly indent: string;
}

/** Unterminated comment, template, code that ends in the middle. */
const UNTERMINATED = new Set([1010, 1160, 1126]);
/** A string in quotes ends where its line ends. */
const UNTERMINATED_STRING = 1002;
const STEP = '  ';

/** Whether a console should run the code at Enter or let the person go on typing. */
export function isCompleteCell(source: string): Completeness {
  const file = parseCell(source, 'input.ts');
  const errors = parseErrors(file);
  if (errors.length === 0) {
    return isHalfStatement(file.statements.at(-1))
      ? {status: 'incomplete', indent: ''}
      : {status: 'complete', indent: ''};
  }
  // Only what comes first counts: after it the parser guesses.
  const [first] = errors.toSorted((one, other) => one.start - other.start);
  const goesOn =
    first !== undefined &&
    first.code !== UNTERMINATED_STRING &&
    (UNTERMINATED.has(first.code) ||
      first.start >= source.trimEnd().length ||
      /(^|\n)\s*(import|export)\s*$/.test(source));
  return goesOn ? {status: 'incomplete', indent: indentAfter(source)} : {status: 'invalid', indent: ''};
}

/** What the parser lets pass and the language does not, because more must follow: `const x`, `function f()`, `await`. */
function isHalfStatement(statement: ts.Statement | undefined): boolean {
  if (!statement || statement.getText().endsWith(';')) {
    return false;
  }
  if (ts.isVariableStatement(statement)) {
    const {declarations, flags} = statement.declarationList;
    const last = declarations.at(-1);
    const needsValue =
      (flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const || (last && !ts.isIdentifier(last.name));
    const isAmbient = statement.modifiers?.some(({kind}) => kind === ts.SyntaxKind.DeclareKeyword) ?? false;
    return !last || (Boolean(needsValue) && !last.initializer && !isAmbient);
  }
  if (ts.isFunctionDeclaration(statement)) {
    return !statement.body && !statement.modifiers?.some(({kind}) => kind === ts.SyntaxKind.DeclareKeyword);
  }
  return ts.isExpressionStatement(statement) && /^(await|async|let|using|yield)$/.test(statement.getText());
}

function indentAfter(source: string): string {
  const line = source.trimEnd().split('\n').at(-1) ?? '';
  const current = /^\s*/.exec(line)?.[0] ?? '';
  return /[{([]$/.test(line) ? current + STEP : current;
}
