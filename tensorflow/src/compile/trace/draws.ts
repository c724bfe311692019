/**
 * tfjs draws random numbers in JavaScript, so that in a recording they are constants. This tells what was drawn, so that
 * a graph can draw anew at each step.
 */
export type Draw =
  | {readonly kind: 'uniform'; readonly min: number; readonly range: number; readonly seed: number | undefined}
  | {
      readonly kind: 'normal';
      readonly mean: number;
      readonly deviation: number;
      /** No value is further than two deviations from the mean. */
      readonly truncated: boolean;
      readonly seed: number | undefined;
    }
  | {readonly kind: 'other'};

/** The fields of tfjs-core's generators (ops/rand_util.ts) once their `random` has been set. */
interface Generator {
  readonly min?: number;
  readonly range?: number;
  readonly mean?: number;
  readonly stdDev?: number;
  readonly truncated?: boolean;
}

/** A generator of the library seedrandom. */
interface Alea {
  int32(): number;
}

export interface DrawObserver {
  /** What the generator that was made last draws; undefined when none was made since the last call. */
  take(): Draw | undefined;
  stop(): void;
}

/**
 * Notices each generator that tfjs makes until `stop`. tfjs-core does not export its generators and bundles seedrandom,
 * but each of them assigns its source to a field: a setter on Object.prototype sees that. Whatever else assigns a field
 * of that name gets it as if nothing was there. Only for code that runs synchronously.
 */
export function observeDraws(): DrawObserver {
  let last: Draw | undefined;
  let unseeded = false;
  const random = Math.random;
  Math.random = () => {
    unseeded = true;
    return random();
  };
  const restore = ['random', 'randu'].map(field => {
    Object.defineProperty(Object.prototype, field, {
      configurable: true,
      get: () => undefined,
      set(this: object, source: unknown) {
        Object.defineProperty(this, field, {value: source, writable: true, enumerable: true, configurable: true});
        last = field === 'random' ? drawOf(this as Generator, source, unseeded) : {kind: 'other'};
        unseeded = false;
      },
    });
    return () => delete (Object.prototype as unknown as Record<string, unknown>)[field];
  });
  return {
    take() {
      const draw = last;
      last = undefined;
      return draw;
    },
    stop() {
      Math.random = random;
      for (const undo of restore) undo();
    },
  };
}

function drawOf(generator: Generator, source: unknown, unseeded: boolean): Draw {
  if (typeof (source as Partial<Alea>).int32 !== 'function') return {kind: 'other'};
  // The seed itself is not kept by seedrandom; the first number that it leads to tells seeds apart as well.
  const seed = unseeded ? undefined : (source as Alea).int32();
  const {min, range, mean, stdDev, truncated} = generator;
  if (min !== undefined && range !== undefined) return {kind: 'uniform', min, range, seed};
  if (mean !== undefined && stdDev !== undefined) {
    return {kind: 'normal', mean, deviation: stdDev, truncated: truncated === true, seed};
  }
  return {kind: 'other'};
}
