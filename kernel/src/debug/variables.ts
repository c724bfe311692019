import {type CallFrame, type Inspection, preview, type RemoteObject} from './inspection.js';

/** A variable as the Debug Adapter Protocol has it. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  readonly evaluateName: string;
  /** Not 0 when it has members of its own to ask for. */
  readonly variablesReference: number;
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
      generatePreview: false,
    });
    return result.flatMap(({name, value}) =>
      value && !name.startsWith('__ingot') ? [this.#variable(name, value)] : [],
    );
  }

  async ofNotebook(inspection: Inspection): Promise<Variable[]> {
    const {result} = await inspection.post<{result: RemoteObject}>('Runtime.evaluate', {expression: NOTEBOOK});
    return this.of(inspection, this.reference(result));
  }

  scopes(frame: CallFrame): {name: string; variablesReference: number; expensive: boolean}[] {
    return frame.scopeChain
      .filter(({type}) => type !== 'global' && type !== 'script')
      .map(({type, name, object}) => ({
        name: name ? `${type}: ${name}` : type,
        variablesReference: this.reference(object),
        expensive: false,
      }));
  }

  #variable(name: string, value: RemoteObject): Variable {
    const type = value.subtype ?? value.type;
    return {name, value: preview(value), type, evaluateName: name, variablesReference: this.reference(value)};
  }
}
