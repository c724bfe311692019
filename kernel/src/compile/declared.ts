import ts from 'typescript';

/** How a name came to be; decides how later cells see it. */
export type DeclarationKind = 'variable' | 'constant' | 'resource' | 'other' | 'type';

/** The names that a cell declares at its top level, values and types, in order of appearance. */
export function declaredNames(file: ts.SourceFile): Map<string, DeclarationKind> {
  const names = new Map<string, DeclarationKind>();
  const add = (name: ts.BindingName, kind: DeclarationKind) => {
    if (ts.isIdentifier(name)) {
      if (kind !== 'type' || !names.has(name.text)) {
        names.set(name.text, kind);
      }
    } else {
      for (const element of name.elements) {
        if (ts.isBindingElement(element)) {
          add(element.name, kind);
        }
      }
    }
  };
  file.statements.forEach(statement => addStatement(statement, add));
  file.statements.forEach(statement => addHoisted(statement, add));
  return names;
}

type Add = (name: ts.BindingName, kind: DeclarationKind) => void;

function addStatement(statement: ts.Statement, add: Add): void {
  if (ts.isVariableStatement(statement)) {
    const kind = listKind(statement.declarationList);
    statement.declarationList.declarations.forEach(declaration => add(declaration.name, kind));
  } else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name) {
    add(statement.name, 'other');
  } else if (ts.isEnumDeclaration(statement)) {
    add(statement.name, 'other');
  } else if (ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name)) {
    add(statement.name, hasValues(statement) ? 'other' : 'type');
  } else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
    add(statement.name, 'type');
  } else if (ts.isImportEqualsDeclaration(statement)) {
    add(statement.name, 'other');
  } else if (ts.isImportDeclaration(statement) && statement.importClause) {
    const {isTypeOnly, name, namedBindings} = statement.importClause;
    const kind = isTypeOnly ? 'type' : 'other';
    if (name) {
      add(name, kind);
    }
    if (namedBindings && ts.isNamespaceImport(namedBindings)) {
      add(namedBindings.name, kind);
    } else if (namedBindings) {
      namedBindings.elements.forEach(element => add(element.name, element.isTypeOnly ? 'type' : kind));
    }
  }
}

/** `var` inside blocks and loops belongs to the cell too. */
function addHoisted(node: ts.Node, add: Add): void {
  if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) {
    node.declarations.forEach(declaration => add(declaration.name, 'variable'));
  }
  if (!ts.isFunctionLike(node) && !ts.isClassLike(node) && !ts.isModuleDeclaration(node)) {
    ts.forEachChild(node, child => addHoisted(child, add));
  }
}

function listKind(list: ts.VariableDeclarationList): DeclarationKind {
  switch (list.flags & ts.NodeFlags.BlockScoped) {
    case ts.NodeFlags.Const:
      return 'constant';
    case ts.NodeFlags.Using:
    case ts.NodeFlags.AwaitUsing:
      return 'resource';
    default:
      return 'variable';
  }
}

function hasValues(declaration: ts.ModuleDeclaration): boolean {
  const {body} = declaration;
  if (!body || !ts.isModuleBlock(body)) {
    return body !== undefined;
  }
  return body.statements.some(
    statement => !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement),
  );
}
