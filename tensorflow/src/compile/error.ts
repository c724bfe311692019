/** Why a function cannot run as a graph; it then runs op by op as before. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
}
