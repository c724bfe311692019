/** Which version of a model to load or unload next: TensorFlow Serving's two policies, as pure functions. */

/** Where a version stands. `disabled` was unloaded as wished; `error` failed to load. */
export type Phase = 'new' | 'loading' | 'ready' | 'unloadRequested' | 'unloading' | 'disabled' | 'error';

export interface VersionView {
  readonly version: bigint;
  readonly phase: Phase;
  /** True when it should be served. */
  readonly aspired: boolean;
}

export interface Action {
  readonly kind: 'load' | 'unload';
  readonly version: bigint;
}

export type TransitionPolicy = (versions: readonly VersionView[]) => Action | null;

/** Loads before it unloads: a stale version goes only when a wanted one is ready, or none is wanted. */
export const availabilityPreserving: TransitionPolicy = versions => {
  const stale = versions.filter(({aspired, phase}) => !aspired && phase === 'ready');
  const wanted = versions.filter(({aspired}) => aspired);
  const served = wanted.some(({phase}) => phase === 'ready');
  if (wanted.length === 0 || served || stale.length > 1) {
    const lowest = extreme(stale, (a, b) => a < b);
    if (lowest !== null) return {kind: 'unload', version: lowest};
  }
  return loadNewest(wanted);
};

/** Unloads before it loads: never more in memory than wanted, at the price of moments without the model. */
export const resourcePreserving: TransitionPolicy = versions => {
  const unwanted = versions.filter(({aspired}) => !aspired);
  const ready = unwanted.find(({phase}) => phase === 'ready');
  if (ready !== undefined) return {kind: 'unload', version: ready.version};
  if (unwanted.some(({phase}) => phase !== 'disabled' && phase !== 'error')) return null;
  return loadNewest(versions.filter(({aspired}) => aspired));
};

function loadNewest(wanted: readonly VersionView[]): Action | null {
  const newest = extreme(
    wanted.filter(({phase}) => phase === 'new'),
    (a, b) => a > b,
  );
  return newest === null ? null : {kind: 'load', version: newest};
}

function extreme(versions: readonly VersionView[], before: (a: bigint, b: bigint) => boolean): bigint | null {
  return versions.reduce<bigint | null>(
    (best, {version}) => (best === null || before(version, best) ? version : best),
    null,
  );
}
