import {DEPLOYABLES, type DeployableModel, type DeployablesRegistry} from '../../comm/protocol.js';
import {type CellOrigin, notebookPort} from '../../execution/notebook-port.js';
import {settings} from '../settings.js';
import {honestTitle} from '../data/provenance.js';
import {provenances} from './contract.js';
import {finite} from './lineage.js';
import {portText} from './ports.js';
import type {DeployableSpec} from './spec.js';
import {scopeModels} from './scope-models.js';
import {stage} from './staging.js';

/** A model, and the cell that made it deployable; undefined outside a notebook. */
interface Offer {
  readonly spec: DeployableSpec;
  readonly cell: CellOrigin | undefined;
}

/** The models that this notebook can deploy, by name; a later one of the same name replaces the earlier. */
export class Registry implements DeployablesRegistry {
  readonly #offers = new Map<string, Offer>();

  add(spec: DeployableSpec): void {
    this.#offers.set(spec.name, {spec, cell: notebookPort()?.cell()});
  }

  list(): DeployableModel[] {
    return this.#all().map(({spec}) => describe(spec));
  }

  async stage(model: string, context: Parameters<DeployablesRegistry['stage']>[1]): Promise<string> {
    const all = this.#all();
    const offer = all.find(({spec}) => spec.name === model);
    if (offer === undefined) {
      const names = all.map(({spec}) => spec.name).join(', ') || 'none';
      throw new Error(
        `This notebook has no model "${model}" to deploy; it has ${names}. Run the cell with ingot.deployable first.`,
      );
    }
    const {spec, cell} = offer;
    return stage(spec, {...context, cell, folder: settings().staging, now: new Date()});
  }

  /** What was registered, then the models among the notebook's variables. */
  #all(): Offer[] {
    const registered = [...this.#offers.values()];
    const known = registered.flatMap(({spec: {model, training}}) =>
      [model, training?.model].filter(each => each !== undefined),
    );
    const found = scopeModels(known).filter(({name}) => !this.#offers.has(name));
    return [
      ...registered,
      ...found.map(spec => ({spec, cell: spec.training?.cell ?? notebookPort()?.declaredBy(spec.name)})),
    ];
  }
}

/** What the Deploy dialog shows of a model. */
export function describe(spec: DeployableSpec): DeployableModel {
  const simulatedData = provenances(spec).some(({simulated}) => simulated);
  return {
    name: spec.name,
    title: honestTitle(spec.title, simulatedData),
    parameters: (spec.model ?? spec.training?.model)?.countParams() ?? 0,
    inputs: spec.inputs.map(portText),
    outputs: spec.outputs.map(portText),
    metrics: finite({...spec.training?.metrics, ...spec.metrics}),
    simulatedData,
  };
}

/** The kernel finds the registry here as soon as the library is imported. */
export const registry = new Registry();
(globalThis as {[DEPLOYABLES]?: DeployablesRegistry})[DEPLOYABLES] = registry;
