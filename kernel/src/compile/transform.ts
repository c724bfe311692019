import ts from 'typescript';
import {dynamicImport, importAsStatement, importEqualsAsStatement, isDynamicImport, runtime} from './imports.js';
import {isTypeOnly, isValueReference} from './reference.js';
import {SCOPE} from './runtime-names.js';

const {factory: f} = ts;

export interface CellTransform {
  /** True for a name that must be looked up in the notebook's scope. */
  readonly isFree: (node: ts.Identifier) => boolean;
  /** Called for each free name that is sure to be read as soon as the cell runs (not inside a function). */
  readonly onEagerName: (node: ts.Identifier) => void;
}

/**
 * Turns a cell, which is written as a module, into the body of an async function:
 * - imports become awaited values, exports lose the keyword;
 * - names of other cells become members of the notebook's scope;
 * - the last expression becomes the function's result;
 * - each `await` looks whether the user pressed Interrupt meanwhile.
 */
export function cellTransformer(cell: CellTransform): ts.TransformerFactory<ts.SourceFile> {
  return context => file => {
    let imports = 0;
    const scoped = (node: ts.Identifier) => f.createPropertyAccessExpression(f.createIdentifier(SCOPE), node.text);

    const visit = (node: ts.Node): ts.Node => {
      if (isTypeOnly(node)) {
        return node;
      }
      if (ts.isIdentifier(node)) {
        // One that the transformation made stands as it is, and has no parent.
        return isReplaced(node) ? ts.setOriginalNode(ts.setTextRange(scoped(node), node), node) : node;
      }
      if (ts.isShorthandPropertyAssignment(node)) {
        const replaced = cell.isFree(node.name);
        noteEager(node.name, replaced);
        return replaced ? f.createPropertyAssignment(node.name.text, scoped(node.name)) : visitChildren(node);
      }
      if (ts.isTypeOfExpression(node) && ts.isIdentifier(node.expression) && cell.isFree(node.expression)) {
        return f.createCallExpression(runtime('typeOf'), undefined, [f.createStringLiteral(node.expression.text)]);
      }
      if (isDynamicImport(node)) {
        return dynamicImport(node, ts.visitNodes(node.arguments, visit, ts.isExpression));
      }
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && isReplaced(node.expression)) {
        // A plain call has no `this`.
        const callee = f.createComma(f.createNumericLiteral(0), scoped(node.expression));
        const args = ts.visitNodes(node.arguments, visit, ts.isExpression);
        return ts.setTextRange(
          f.updateCallExpression(node, f.createParenthesizedExpression(ts.setTextRange(callee, node)), undefined, args),
          node,
        );
      }
      if (ts.isAwaitExpression(node)) {
        return f.createCallExpression(runtime('resumed'), undefined, [visitChildren(node)]);
      }
      if (ts.isForOfStatement(node) && node.awaitModifier) {
        return interruptible(visitChildren(node));
      }
      if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
        return runtime('meta');
      }
      return visitChildren(node);
    };
    const visitChildren = <T extends ts.Node>(node: T): T => ts.visitEachChild(node, visit, context);
    const isReplaced = (node: ts.Identifier) => {
      const isOriginal = (node.flags & ts.NodeFlags.Synthesized) === 0;
      const replaced = isOriginal && isValueReference(node) && cell.isFree(node);
      noteEager(node, replaced);
      return replaced;
    };
    const noteEager = (node: ts.Identifier, replaced: boolean) => {
      if (replaced && !isDeferred(node) && !isAssigned(node)) {
        cell.onEagerName(node);
      }
    };

    const head: ts.Statement[] = [];
    const body: ts.Statement[] = [];
    for (const statement of file.statements) {
      if (ts.isImportDeclaration(statement)) {
        const replaced = importAsStatement(statement, ++imports);
        if (replaced) {
          head.push(replaced);
        }
      } else {
        body.push(...topLevel(statement).map(each => visit(each) as ts.Statement));
      }
    }
    return f.updateSourceFile(file, [...head, ...withResult(body)]);
  };
}

function topLevel(statement: ts.Statement): ts.Statement[] {
  if (ts.isImportEqualsDeclaration(statement)) {
    const replaced = importEqualsAsStatement(statement);
    return replaced ? [replaced] : [];
  }
  if (ts.isExportAssignment(statement)) {
    return [ts.setTextRange(f.createExpressionStatement(statement.expression), statement)];
  }
  if (ts.isExportDeclaration(statement)) {
    return [];
  }
  return [withoutExport(statement)];
}

/** Declarations of a notebook are visible to all its cells: `export` says nothing more. */
function withoutExport(statement: ts.Statement): ts.Statement {
  const keep = (modifiers: readonly ts.ModifierLike[] | undefined) =>
    modifiers?.filter(each => each.kind !== ts.SyntaxKind.ExportKeyword && each.kind !== ts.SyntaxKind.DefaultKeyword);
  if (!ts.canHaveModifiers(statement) || !ts.getModifiers(statement)?.some(isExportKeyword)) {
    return statement;
  }
  if (ts.isVariableStatement(statement)) {
    return f.updateVariableStatement(statement, keep(statement.modifiers), statement.declarationList);
  }
  if (ts.isFunctionDeclaration(statement)) {
    const {asteriskToken, name, typeParameters, parameters, type, body} = statement;
    const modifiers = keep(statement.modifiers);
    return f.updateFunctionDeclaration(
      statement,
      modifiers,
      asteriskToken,
      name,
      typeParameters,
      parameters,
      type,
      body,
    );
  }
  if (ts.isClassDeclaration(statement)) {
    const {name, typeParameters, heritageClauses, members} = statement;
    return f.updateClassDeclaration(
      statement,
      keep(statement.modifiers),
      name,
      typeParameters,
      heritageClauses,
      members,
    );
  }
  if (ts.isEnumDeclaration(statement)) {
    return f.updateEnumDeclaration(statement, keep(statement.modifiers), statement.name, statement.members);
  }
  if (ts.isModuleDeclaration(statement)) {
    return f.updateModuleDeclaration(statement, keep(statement.modifiers), statement.name, statement.body);
  }
  return statement;
}

function isExportKeyword(modifier: ts.ModifierLike): boolean {
  return modifier.kind === ts.SyntaxKind.ExportKeyword;
}

function withResult(statements: ts.Statement[]): ts.Statement[] {
  const last = statements.at(-1);
  if (!last || !ts.isExpressionStatement(last)) {
    return statements;
  }
  return [...statements.slice(0, -1), ts.setTextRange(f.createReturnStatement(last.expression), last)];
}

function interruptible(loop: ts.ForOfStatement): ts.ForOfStatement {
  const check = f.createExpressionStatement(f.createCallExpression(runtime('resumed'), undefined, []));
  const body = f.createBlock([check, loop.statement], true);
  return f.updateForOfStatement(loop, loop.awaitModifier, loop.initializer, loop.expression, body);
}

/** Inside a function or a property initializer: it may never run, or only after a later cell. */
function isDeferred(node: ts.Node): boolean {
  return ts.findAncestor(node.parent, each => ts.isFunctionLike(each) || ts.isPropertyDeclaration(each)) !== undefined;
}

function isAssigned(node: ts.Identifier): boolean {
  const {parent} = node;
  return (
    ts.isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}
