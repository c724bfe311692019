import {createHash} from 'node:crypto';
import type {Asker} from '../lifecycle/servable.js';

/** How requests that name no version are divided among versions. */
export interface Weights {
  /** What each version gets is its share of the sum; 0 is loaded, and gets nothing. */
  readonly shares: ReadonlyMap<bigint, number>;
  /** Requests with the same value of this header get the same version; others any. Lower case; null for none. */
  readonly stickyHeader: string | null;
}

/**
 * The version at a point of the line on which each version has a piece as long as its share, in the order of the versions:
 * when shares change, only the points between the old and the new border change their version.
 * @param point in [0, 1)
 * @returns null when no version has a share
 */
export function versionAt(shares: Iterable<readonly [bigint, number]>, point: number): bigint | null {
  const ascending = [...shares].filter(([, share]) => share > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const sum = ascending.reduce((total, [, share]) => total + share, 0);
  let left = point * sum;
  for (const [version, share] of ascending) {
    if (left < share) return version;
    left -= share;
  }
  return ascending.at(-1)?.[0] ?? null;
}

/** Where on the line a request lies: by its header when it is to stay with its version, by chance otherwise. */
export function pointOf(model: string, {stickyHeader}: Weights, asker: Asker | undefined): number {
  const key = stickyHeader === null ? undefined : headerOf(asker, stickyHeader);
  return key === undefined ? Math.random() : stablePoint(model, key);
}

/** A point in [0, 1) that is the same for the same key in every process, and as good as random over keys. */
export function stablePoint(model: string, key: string): number {
  return createHash('sha256').update(`${model}\0${key}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

function headerOf(asker: Asker | undefined, name: string): string | undefined {
  const value = asker?.headers?.[name] ?? asker?.metadata?.get(name)[0];
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text.length === 0 ? undefined : String(text);
}
