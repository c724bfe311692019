import {DEPLOYABLES, type DeployableModel, type DeployablesRegistry} from '../../comm/protocol.js';
import {settings} from '../settings.js';
import {contractOf, provenances} from './contract.js';
import {finite} from './lineage.js';
import {portText} from './ports.js';
import type {DeployableSpec} from './spec.js';
import {stage} from './staging.js';

/** The models that this notebook can deploy, by name; a later one of the same name replaces the earlier. */
export class Registry implements DeployablesRegistry {
  readonly #specs = new Map<string, DeployableSpec>();

  add(spec: DeployableSpec): void {
    this.#specs.set(spec.name, spec);
  }

  list(): DeployableModel[] {
    return [...this.#specs.values()].map(describe);
  }

  async stage(model: string, context: Parameters<DeployablesRegistry['stage']>[1]): Promise<string> {
    const spec = this.#specs.get(model);
    if (spec === undefined) {
      const names = [...this.#specs.keys()].join(', ') || 'none';
      throw new Error(
        `This notebook has no model "${model}" to deploy; it has ${names}. Run the cell with ingot.deployable first.`,
      );
    }
    return stage(spec, {...context, folder: settings().staging, now: new Date()});
  }
}

/** What the Deploy dialog shows of a model. */
export function describe(spec: DeployableSpec): DeployableModel {
  return {
    name: spec.name,
    title: contractOf(spec).title,
    parameters: spec.training?.model.countParams() ?? 0,
    inputs: spec.inputs.map(portText),
    outputs: spec.outputs.map(portText),
    metrics: finite({...spec.training?.metrics, ...spec.metrics}),
    simulatedData: provenances(spec).some(({simulated}) => simulated),
  };
}

/** The kernel finds the registry here as soon as the library is imported. */
export const registry = new Registry();
(globalThis as {[DEPLOYABLES]?: DeployablesRegistry})[DEPLOYABLES] = registry;
