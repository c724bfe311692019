type Accessors = readonly [get: () => unknown, set: (value: unknown) => void];

/**
 * The variables of the notebook. Each lives in the cell that declared it, where its own code reaches it at full speed;
 * the other cells reach it here, by accessors. A name that no cell declared falls back to `globalThis`.
 */
export class Scope {
  readonly #names = new Set<string>();

  /** What compiled cells read and write: `scope.members.price`. */
  readonly members: Record<string, unknown> = Object.create(
    new Proxy(Object.create(null) as object, {
      get: (_target, name) => {
        if (typeof name === 'string' && !(name in globalThis)) {
          throw new ReferenceError(`${name} is not defined`);
        }
        return (globalThis as Record<PropertyKey, unknown>)[name];
      },
      set: (_target, name, value) => {
        if (!(name in globalThis)) {
          throw new ReferenceError(`${String(name)} is not defined; declare it with let or const`);
        }
        return Reflect.set(globalThis, name, value);
      },
    }),
  ) as Record<string, unknown>;

  /** True when a cell declared the name or the runtime has it. */
  has(name: string): boolean {
    return this.#names.has(name) || name in globalThis;
  }

  names(): string[] {
    return [...this.#names];
  }

  /** Points the names at a cell's own variables. Returns a function that takes back those never initialised. */
  define(declarations: Readonly<Record<string, Accessors>>): () => void {
    const before = new Map<string, PropertyDescriptor | undefined>();
    for (const [name, [get, set]] of Object.entries(declarations)) {
      before.set(name, Object.getOwnPropertyDescriptor(this.members, name));
      Object.defineProperty(this.members, name, {get, set, configurable: true, enumerable: true});
      this.#names.add(name);
    }
    return () => before.forEach((descriptor, name) => this.#takeBack(name, descriptor));
  }

  /** A `const` whose initializer threw cannot be read any more: the value before, if any, comes back. */
  #takeBack(name: string, before: PropertyDescriptor | undefined): void {
    try {
      void this.members[name];
    } catch {
      if (before) {
        Object.defineProperty(this.members, name, before);
      } else {
        delete this.members[name];
        this.#names.delete(name);
      }
    }
  }
}
