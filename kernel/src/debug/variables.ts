import {CELL_PARAMETERS} from '../compile/runtime-names.js';
import {type CallFrame, type Inspection, preview, type RemoteObject} from './inspection.js';

/** A variable as the Debug Adapter Protocol has it; without its optional `type`, which JupyterLab shows in place of the value. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly evaluateName: string;
  /** Not 0 when it has members of its own to ask for. */
  readonly variablesReference: number;
}

export interface Scope {
  readonly name: string;
  readonly variablesReference: number;
  readonly expensive: boolean;
}

interface Property {
  readonly name: string;
  readonly value?: RemoteObject;
  readonly enumerable: boolean;
}

/** The notebook's variables as a plain object: what lies behind their accessors, and only what is initialised. */
const NOTEBOOK = `(() => {
  const members = globalThis[Symbol.for('ingot.variables')], values = {};
  for (const name of Object.keys(members)) { try { values[name] = members[name]; } catch {} }
  return values;
})()`;

/** Parameters of the function that a cell becomes: nothing of the user's. */
const HIDDEN: ReadonlySet<string> = new Set(CELL_PARAMETERS);

/** Numbers for what V8 names by strings; they hold until the code runs on. */
export class Variables {
  #objects: string[] = [];

  forget(): void {
    this.#objects = [];
  }

  reference({objectId}: RemoteObject): number {
    return objectId === undefined ? 0 : this.#objects.push(objectId);
  }

  async of(inspection: Inspection, reference: number): Promise<Variable[]> {
    const objectId = this.#objects[reference - 1];
    if (objectId === undefined) {
      return [];
    }
    const {result} = await inspection.post<{result: readonly Property[]}>('Runtime.getProperties', {
      objectId,
      ownProperties: true,
      generatePreview: true,
    });
    return result.flatMap(({name, value}) =>
      value && !name.startsWith('__ingot') && !HIDDEN.has(name) ? [this.#variable(name, value)] : [],
    );
  }

  async ofNotebook(inspection: Inspection): Promise<Variable[]> {
    return this.of(inspection, await this.#notebook(inspection));
  }

  /** The frame's own scopes, from the inside out, and then what the notebook's other cells declared. */
  async scopes(inspection: Inspection, frame: CallFrame): Promise<Scope[]> {
    const own = frame.scopeChain
      .filter(({type}) => type !== 'global' && type !== 'script')
      .map(({type, name, object}) => ({name: name ? `${type}: ${name}` : type, reference: this.reference(object)}));
    return [...own, {name: 'notebook', reference: await this.#notebook(inspection)}].map(({name, reference}) => ({
      name,
      variablesReference: reference,
      expensive: false,
    }));
  }

  async #notebook(inspection: Inspection): Promise<number> {
    const {result} = await inspection.post<{result: RemoteObject}>('Runtime.evaluate', {expression: NOTEBOOK});
    return this.reference(result);
  }

  #variable(name: string, value: RemoteObject): Variable {
    return {name, value: preview(value), evaluateName: name, variablesReference: this.reference(value)};
  }
}
