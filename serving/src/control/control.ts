import type {ShadowOrder} from '../traffic/shadow.js';
import type {Weights} from '../traffic/weights.js';

/** What an operator says about a model while the server runs, beside its configuration; it is kept over restarts. */
export interface ModelControl {
  /** The version that requests get which name none; null for the newest. */
  readonly pin: bigint | null;
  /** Labels beside those of the configuration, and before them where both have one. */
  readonly labels: ReadonlyMap<string, bigint>;
  /** Versions that are loaded though the model's policy does not want them. */
  readonly held: ReadonlySet<bigint>;
  /** True while no version of the model shall be loaded. */
  readonly unloaded: boolean;
  /** How requests that name no version are divided while there is no pin; null: all get the newest. */
  readonly weights: Weights | null;
  /** The version to which requests are mirrored. */
  readonly shadow: ShadowOrder | null;
}

export const NO_CONTROL: ModelControl = {
  pin: null,
  labels: new Map(),
  held: new Set(),
  unloaded: false,
  weights: null,
  shadow: null,
};

/** The versions that must be loaded for it, whatever the model's policy says. */
export function versionsNeeded({pin, labels, held, weights, shadow}: ModelControl): Set<bigint> {
  const single = [pin, shadow?.version ?? null].filter(version => version !== null);
  return new Set([...single, ...labels.values(), ...held, ...(weights?.shares.keys() ?? [])]);
}

/** What needs a version, in words, e.g. `the pin`; null when nothing does. */
export function neededFor({pin, labels, weights, shadow}: ModelControl, version: bigint): string | null {
  if (pin === version) return 'the pin';
  if (weights?.shares.has(version)) return 'its weight';
  if (shadow?.version === version) return 'the shadow';
  for (const [label, labelled] of labels) if (labelled === version) return `the label "${label}"`;
  return null;
}

/** True when it says nothing, so that nothing has to be kept. */
export function saysNothing({pin, labels, held, unloaded, weights, shadow}: ModelControl): boolean {
  return pin === null && labels.size === 0 && held.size === 0 && !unloaded && weights === null && shadow === null;
}
