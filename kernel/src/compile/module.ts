import ts from 'typescript';
import {dynamicImport, isDynamicImport} from './imports.js';

/** A TypeScript or JavaScript file beside the notebook, ready to run. */
export interface CompiledModule {
  /** An expression: an async function whose parameters are `MODULE_PARAMETERS`. Its code starts on the second line. */
  readonly code: string;
  readonly map: string;
  /** What its static imports name, as written. */
  readonly imports: readonly string[];
}

export const MODULE_PARAMETERS = ['__ingot', 'exports', 'require', 'module', '__filename', '__dirname'] as const;

/**
 * Compiles a file for the kernel's own loader, which loads its `imports` before running it, so that a changed file is
 * seen by the next import. Types are not looked at.
 */
export function compileModule(source: string, path: string): CompiledModule {
  const {outputText, sourceMapText} = ts.transpileModule(source, {
    // By their names .mts and .mjs would stay ES modules, which the loader cannot run.
    fileName: path.replace(/\.[cm](?=[jt]s$)/, '.'),
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
      jsx: ts.JsxEmit.React,
      sourceMap: true,
      allowJs: true,
      newLine: ts.NewLineKind.LineFeed,
    },
    transformers: {before: [importsThroughLoader]},
  });
  const imports = ts.preProcessFile(source, true, true).importedFiles.map(each => each.fileName);
  const body = outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, '');
  return {
    code: `(async function(${MODULE_PARAMETERS.join(',')}){\n${body}\n})`,
    map: sourceMapText ?? '',
    imports: [...new Set(imports)],
  };
}

const importsThroughLoader: ts.TransformerFactory<ts.SourceFile> = context => file => {
  const visit = (node: ts.Node): ts.Node =>
    isDynamicImport(node)
      ? dynamicImport(node, ts.visitNodes(node.arguments, visit, ts.isExpression))
      : ts.visitEachChild(node, visit, context);
  return ts.visitNode(file, visit, ts.isSourceFile);
};
