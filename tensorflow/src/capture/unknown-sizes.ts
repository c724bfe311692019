/**
 * Unknown sizes of a signature, the sizes tried in their place, and sizes as polynomials in them.
 */

/** An unknown size: which axis of which input tells it when the graph runs. */
export interface UnknownSize {
  readonly name: string;
  readonly input: string;
  readonly axis: number;
}

/** A whole number as a sum of products of unknown sizes: `coefficient * product(sizes[i])`. */
export type Polynomial = readonly Term[];
export interface Term {
  readonly coefficient: number;
  /** Indices of the unknown sizes, ascending. Empty for the constant term. */
  readonly factors: readonly number[];
}

/** Three values to try for each unknown size; more unknowns than this are told apart in groups of at most three. */
export type Trial = readonly [base: number, other: number, check: number];

const LARGEST_PRODUCT = 3;

/**
 * The recordings to make: one for each set of at most three unknown sizes that take their other value, the base first,
 * and a last one with every check value, which a polynomial found from the others must predict.
 */
export class Trials {
  readonly subsets: readonly (readonly number[])[];
  readonly sizes: readonly (readonly number[])[];

  constructor(private readonly trials: readonly Trial[]) {
    this.subsets = subsetsOf(trials.length, Math.min(trials.length, LARGEST_PRODUCT));
    this.sizes = [
      ...this.subsets.map(subset => trials.map(([base, other], i) => (subset.includes(i) ? other : base))),
      trials.map(([, , check]) => check),
    ];
  }

  /**
   * The polynomial, of degree one in each unknown size and with whole coefficients, that has these values in the
   * recordings; undefined when there is none.
   */
  fit(values: readonly number[]): Polynomial | undefined {
    const first = values[0] as number;
    if (values.every(value => value === first))
      return Number.isInteger(first) ? [{coefficient: first, factors: []}] : undefined;
    const sums = new Map<string, Term>();
    for (const [s, subset] of this.subsets.entries()) {
      const slope = this.difference(values, subset) / this.product(subset, ([base, other]) => other - base);
      if (!Number.isInteger(slope)) return undefined;
      // slope * product(size - base) over the subset, expanded.
      if (slope !== 0)
        for (const factors of this.subsets.slice(0, s + 1)) {
          if (!factors.every(i => subset.includes(i))) continue;
          const rest = subset.filter(i => !factors.includes(i));
          const coefficient = slope * this.product(rest, ([base]) => -base);
          const key = factors.join();
          sums.set(key, {factors, coefficient: (sums.get(key)?.coefficient ?? 0) + coefficient});
        }
    }
    const found = [...sums.values()].filter(term => term.coefficient !== 0);
    return this.sizes.every((sizes, r) => evaluate(found, sizes) === values[r]) ? found : undefined;
  }

  /** The mixed finite difference over a subset of the unknown sizes. */
  private difference(values: readonly number[], subset: readonly number[]): number {
    let sum = 0;
    for (const [r, part] of this.subsets.entries()) {
      if (!part.every(i => subset.includes(i))) continue;
      sum += (values[r] as number) * ((subset.length - part.length) % 2 === 0 ? 1 : -1);
    }
    return sum;
  }

  private product(subset: readonly number[], of: (trial: Trial) => number): number {
    return subset.reduce((product, i) => product * of(this.trials[i] as Trial), 1);
  }
}

/** The value of a polynomial at given sizes. */
export function evaluate(polynomial: Polynomial, sizes: readonly number[]): number {
  return polynomial.reduce(
    (sum, {coefficient, factors}) => sum + factors.reduce((product, i) => product * (sizes[i] as number), coefficient),
    0,
  );
}

/** The number that a polynomial is whatever the sizes are, or undefined. */
export function constantOf(polynomial: Polynomial): number | undefined {
  if (polynomial.length === 0) return 0;
  const [first, ...rest] = polynomial;
  return first !== undefined && rest.length === 0 && first.factors.length === 0 ? first.coefficient : undefined;
}

/** Subsets of 0..count-1 with at most `largest` members, smaller ones first. */
function subsetsOf(count: number, largest: number): number[][] {
  const all: number[][] = [[]];
  for (let from = 0, size = 1; size <= largest; size++) {
    const to = all.length;
    for (const subset of all.slice(from, to)) {
      for (let i = (subset.at(-1) ?? -1) + 1; i < count; i++) all.push([...subset, i]);
    }
    from = to;
  }
  return all;
}
