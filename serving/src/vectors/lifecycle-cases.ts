import {NativeEngine} from '../engine/native.js';
import {checkLabels} from '../lifecycle/labels.js';
import {Loader} from '../loading/loader.js';
import {ModelManager} from '../lifecycle/manager.js';
import {availabilityPreserving, resourcePreserving, type Phase} from '../lifecycle/versions/transition.js';
import {LATEST, aspire, type VersionPolicy} from '../lifecycle/versions/policy.js';
import {MetricRegistry} from '../metrics/registry.js';
import {expectError, same, type Failure} from './compare.js';
import type {PolicySetup, Vector} from './vector.js';

/** Cases of versions, labels and metrics. */

export async function versionPolicyCase({input, expect}: Vector): Promise<Failure> {
  if (input.change !== undefined) return changedInterval(expect);
  const aspired = aspire(input.dirs ?? [], policyOf(input.version_policy ?? null));
  const wanted = [...(expect.aspired ?? [])].sort(([a], [b]) => a - b);
  return same(
    'aspired',
    [...aspired].map(([version, folder]) => [Number(version), folder]),
    wanted,
  );
}

/** A running server that is told another interval. */
function changedInterval(expect: Vector['expect']): Promise<Failure> {
  const nothing = {loaded: () => undefined, ran: () => undefined};
  const models = new ModelManager(
    {configs: [], modelRoot: null},
    {
      loader: new Loader(new NativeEngine(), ['serve'], null, nothing),
      policy: availabilityPreserving,
      now: Date.now,
      settleMs: 0,
      maxRetries: 0,
      retryMs: 0,
      log: () => undefined,
      limit: work => work(),
    },
  );
  return expectError(expect, async () => {
    try {
      await models.start(1000);
      await models.start(5000);
    } finally {
      await models.close();
    }
  });
}

export function policyOf(setup: PolicySetup | null): VersionPolicy {
  if (setup?.specific) return {kind: 'specific', versions: setup.specific.versions.map(BigInt)};
  if (setup?.all) return {kind: 'all'};
  return setup?.latest ? {kind: 'latest', count: setup.latest.num_versions ?? 1} : LATEST;
}

const PHASES: Readonly<Record<string, Phase>> = {
  New: 'new',
  Loading: 'loading',
  Ready: 'ready',
  UnloadRequested: 'unloadRequested',
  Unloading: 'unloading',
  Quiescing: 'unloading',
  Quiesced: 'unloading',
  Disabled: 'disabled',
  Error: 'error',
};

export async function transitionCase({input, expect}: Vector): Promise<Failure> {
  const policy = input.policy === 'resource_preserving' ? resourcePreserving : availabilityPreserving;
  const action = policy(
    (input.versions ?? []).map(({version, state, aspired}) => {
      const phase = PHASES[state.replace(/^k/, '')];
      if (phase === undefined) throw new Error(`the case has an unknown state ${state}`);
      return {version: BigInt(version), phase, aspired: Boolean(aspired)};
    }),
  );
  return same('action', action && [action.kind, Number(action.version)], expect.action ?? null);
}

export async function labelsCase({input, expect}: Vector): Promise<Failure> {
  const loaded = new Set((input.loaded ?? []).map(BigInt));
  const allow = input.options?.allow_version_labels_for_unavailable_models ?? false;
  return expectError(expect, () => {
    let labels: ReadonlyMap<string, bigint> = new Map();
    for (const {reload_labels: step} of input.steps ?? []) {
      const wanted = new Map(Object.entries(step).map(([label, version]) => [label, BigInt(version)]));
      checkLabels('model', labels, wanted, version => loaded.has(version), allow);
      labels = wanted;
    }
  });
}

export async function metricsCase({input, expect}: Vector): Promise<Failure> {
  const registry = new MetricRegistry();
  const labels = input.labels ?? {};
  const names = Object.keys(labels);
  const values = Object.values(labels);
  const histogram = input.histogram ?? input.sampler;
  if (histogram !== undefined) {
    const series = registry.histogram(histogram, names, input.buckets ?? []).with(...values);
    for (const sample of input.samples ?? input.values ?? []) series.observe(sample);
  } else if (input.gauge !== undefined) {
    registry
      .gauge(input.gauge, names)
      .with(...values)
      .set(input.value ?? 0);
  } else {
    registry
      .counter(input.counter ?? '', names)
      .with(...values)
      .add(input.value ?? 0);
  }
  const text = registry.text();
  return text.includes(expect.text_contains ?? '') ? null : same('text', text, expect.text_contains);
}
