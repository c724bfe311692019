import ts from 'typescript';
import {RUNTIME} from './runtime-names.js';

const {factory: f} = ts;

/**
 * `import a, {b as c} from 'x'` as `const __m1 = await __ingot.import('x'), a = __m1.default, c = __m1.b`: a cell is a
 * function, and its imports must be values that the next cell can see. `import type` gives nothing.
 */
export function importAsStatement(node: ts.ImportDeclaration, index: number): ts.Statement | undefined {
  const clause = node.importClause;
  if (!clause) {
    return f.createExpressionStatement(awaitImport(node));
  }
  if (clause.isTypeOnly) {
    return undefined;
  }
  const namespace = f.createIdentifier(`__ingot_m${index}`);
  const declarations = [f.createVariableDeclaration(namespace, undefined, undefined, awaitImport(node))];
  if (clause.name) {
    declarations.push(f.createVariableDeclaration(clause.name, undefined, undefined, access(namespace, 'default')));
  }
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) {
    declarations.push(f.createVariableDeclaration(bindings.name, undefined, undefined, namespace));
  } else {
    for (const element of bindings?.elements ?? []) {
      if (!element.isTypeOnly) {
        const imported = (element.propertyName ?? element.name).text;
        declarations.push(f.createVariableDeclaration(element.name, undefined, undefined, access(namespace, imported)));
      }
    }
  }
  const list = f.createVariableDeclarationList(declarations, ts.NodeFlags.Const);
  return ts.setTextRange(f.createVariableStatement(undefined, list), node);
}

/** `import x = require('y')` as `const x = require('y')`. */
export function importEqualsAsStatement(node: ts.ImportEqualsDeclaration): ts.Statement | undefined {
  if (node.isTypeOnly || !ts.isExternalModuleReference(node.moduleReference)) {
    return node;
  }
  const call = f.createCallExpression(f.createIdentifier('require'), undefined, [node.moduleReference.expression]);
  const declaration = f.createVariableDeclaration(node.name, undefined, undefined, call);
  return f.createVariableStatement(undefined, f.createVariableDeclarationList([declaration], ts.NodeFlags.Const));
}

/** `import(x)` as `__ingot.import(x)`, which also knows TypeScript files. */
export function dynamicImport(node: ts.CallExpression, args: readonly ts.Expression[]): ts.Expression {
  return ts.setTextRange(f.createCallExpression(runtime('import'), undefined, args), node);
}

export function isDynamicImport(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

export function runtime(member: string): ts.PropertyAccessExpression {
  return f.createPropertyAccessExpression(f.createIdentifier(RUNTIME), member);
}

function awaitImport(node: ts.ImportDeclaration): ts.Expression {
  const call = f.createCallExpression(runtime('import'), undefined, [node.moduleSpecifier]);
  return f.createAwaitExpression(ts.setTextRange(call, node));
}

function access(namespace: ts.Identifier, name: string): ts.Expression {
  return f.createElementAccessExpression(namespace, f.createStringLiteral(name));
}
