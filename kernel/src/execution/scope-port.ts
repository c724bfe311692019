/**
 * How library code finds the notebook's variables. The kernel puts a `ScopePort` on `globalThis` under `SCOPE_PORT`.
 */
export const SCOPE_PORT = Symbol.for('ingot.scope');

export interface ScopePort {
  /** The variables that cells declared, in the order in which they first did. */
  names(): readonly string[];
  /** By name, as they are now. Reading a name that no cell declared throws a ReferenceError. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** The kernel's port, or undefined when the code does not run in the kernel. */
export function scopePort(): ScopePort | undefined {
  return (globalThis as {[SCOPE_PORT]?: ScopePort})[SCOPE_PORT];
}
