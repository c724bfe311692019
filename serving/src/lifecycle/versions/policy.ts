/** Versions on disk: which folders are versions, and which of them a model should serve. */

export type VersionPolicy =
  | {readonly kind: 'latest'; readonly count: number}
  | {readonly kind: 'all'}
  | {readonly kind: 'specific'; readonly versions: readonly bigint[]}
  /** What any of them wants. */
  | {readonly kind: 'either'; readonly policies: readonly VersionPolicy[]};

export const LATEST: VersionPolicy = {kind: 'latest', count: 1};

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** The version that a folder's name means ("00000123" is 123), null when it is none: only whole int64 numbers are. */
export function parseVersion(name: string): bigint | null {
  if (!/^-?\d{1,30}$/.test(name)) return null;
  const version = BigInt(name);
  return version >= INT64_MIN && version <= INT64_MAX ? version : null;
}

/**
 * The versions that should be served of those that lie in a model's folder, by folder name, in ascending order: what the
 * policy wants, and `also` these. Of two folders with the same number the first by name counts.
 */
export function aspire(
  folders: readonly string[],
  policy: VersionPolicy,
  also: ReadonlySet<bigint> = new Set(),
): Map<bigint, string> {
  const ascending = [...foldersByVersion(folders)].sort(([a], [b]) => (a < b ? -1 : 1));
  const wanted = choose(
    ascending.map(([version]) => version),
    policy,
  );
  const chosen = ascending.filter(([version]) => wanted.has(version) || also.has(version));
  return new Map(chosen.map(([version, [first]]) => [version, first]));
}

/** What a person should be told of a model's folder: two folders that mean the same version, versions that are missing. */
export function doubts(folders: readonly string[], policy: VersionPolicy): string[] {
  const there = foldersByVersion(folders);
  const twice = [...there].flatMap(([version, [first, ...others]]) =>
    others.map(other => `"${first}" and "${other}" are both version ${version}; "${first}" is taken`),
  );
  if (there.size === 0) return [nothing(folders)];
  const missing = policy.kind === 'specific' ? policy.versions.filter(version => !there.has(version)) : [];
  return [...twice, ...missing.map(version => `version ${version} is to be served, but there is no such folder`)];
}

/** Of a folder without a version. */
function nothing(names: readonly string[]): string {
  return liesBare(names)
    ? 'a SavedModel lies in its folder itself, which must have numbered versions in it: give the folder above it, or move it into one'
    : 'there is no numbered version in its folder';
}

/** True when a folder with these in it is a version, and not a folder of versions. */
export function liesBare(names: readonly string[]): boolean {
  return names.includes('saved_model.pb') || names.includes('saved_model.pbtxt');
}

/** The folders of each version in order of their names: there is mostly one. */
function foldersByVersion(folders: readonly string[]): Map<bigint, [string, ...string[]]> {
  const there = new Map<bigint, [string, ...string[]]>();
  for (const folder of [...folders].sort()) {
    const version = parseVersion(folder);
    if (version === null) continue;
    const before = there.get(version);
    if (before === undefined) there.set(version, [folder]);
    else before.push(folder);
  }
  return there;
}

function choose(ascending: readonly bigint[], policy: VersionPolicy): ReadonlySet<bigint> {
  switch (policy.kind) {
    case 'all':
      return new Set(ascending);
    case 'latest':
      return new Set(ascending.slice(-Math.max(1, policy.count)));
    case 'specific':
      return new Set(policy.versions);
    case 'either':
      return new Set(policy.policies.flatMap(each => [...choose(ascending, each)]));
  }
}
