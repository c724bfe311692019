import ts from 'typescript';

const KINDS: readonly (readonly [flag: ts.SymbolFlags, kind: string])[] = [
  [ts.SymbolFlags.Function, 'function'],
  [ts.SymbolFlags.Class, 'class'],
  [ts.SymbolFlags.Enum, 'enum'],
  [ts.SymbolFlags.Variable, 'var'],
  [ts.SymbolFlags.Interface, 'interface'],
  [ts.SymbolFlags.TypeAlias, 'type'],
  [ts.SymbolFlags.Module, 'module'],
];

/** What a completion is: of something that was imported or exported again, what it is where it was declared. */
export function kindOf({kind, symbol}: ts.CompletionEntry, checker: ts.TypeChecker | undefined): string {
  if (kind !== ts.ScriptElementKind.alias || !symbol || !checker || !(symbol.flags & ts.SymbolFlags.Alias)) {
    return kind;
  }
  const target = checker.getAliasedSymbol(symbol);
  if (target.flags & ts.SymbolFlags.Variable && checker.getTypeOfSymbol(target).getCallSignatures().length > 0) {
    return 'function';
  }
  return KINDS.find(([flag]) => target.flags & flag)?.[1] ?? kind;
}

/** Without how it came into the cell: `(alias)` before it, `import x` or `export x` after it. */
export function ownSignature(signature: string): string {
  return signature.replace(/^\(alias\) /, '').replace(/\n(import|export) [^\n]*$/, '');
}
