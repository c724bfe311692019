import type {DeployedModel, DeployedVersion} from '@ingot/deployer/deployment';
import type {TranslationBundle} from '@jupyterlab/translation';

/** A published version that is to be the live one. */
export interface VersionChange {
  readonly model: string;
  readonly version: number;
  /** What answers now; null when nothing does. */
  readonly live: number | null;
  /** True of the newest version: no pin is needed for it. */
  readonly newest: boolean;
  /** The figures of both versions, where each has the same. */
  readonly figures: readonly Figure[];
}

/** A metric of a version beside the live one's. */
export interface Figure {
  readonly name: string;
  readonly own: number;
  /** Null when the live version has no such metric, or there is none. */
  readonly live: number | null;
}

/** What making `version` the live one of its model means. */
export function changeTo(model: DeployedModel, version: DeployedVersion): VersionChange {
  const live = liveOf(model);
  return {
    model: model.name,
    version: version.version,
    live: live?.version ?? null,
    newest: version.version === model.versions[0]?.version,
    figures: figuresBeside(version, live),
  };
}

export function liveOf({versions}: DeployedModel): DeployedVersion | undefined {
  return versions.find(({live}) => live);
}

export function figuresBeside(version: DeployedVersion, live: DeployedVersion | undefined): Figure[] {
  return Object.entries(version.metrics).map(([name, own]) => ({
    name,
    own,
    live: live === undefined || live.version === version.version ? null : (live.metrics[name] ?? null),
  }));
}

/** Of the figures that both versions have, those that differ, the most different first. */
export function differing(figures: readonly Figure[]): Figure[] {
  return figures
    .flatMap(one => (one.live === null || one.live === one.own ? [] : [{one, by: difference(one.own, one.live)}]))
    .sort((a, b) => b.by - a.by)
    .map(({one}) => one);
}

/** Relative to the larger of the two: from 0 to 2. */
function difference(a: number, b: number): number {
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
}

/** What a button says that makes the change. */
export function changeLabel({version, live}: VersionChange, trans: TranslationBundle): string {
  if (live === null) return trans.__('Make v%1 live', version);
  if (version < live) return trans.__('Go back to v%1', version);
  return trans.__('Go forward to v%1', version);
}

/** What will happen, a sentence each. */
export function changeSentences({version, live, newest}: VersionChange, trans: TranslationBundle): string[] {
  const sentences = [
    live === null
      ? trans.__('Requests that name no version get an error now. They will be answered by v%1.', version)
      : trans.__('Requests that name no version will be answered by v%1 instead of v%2.', version, live),
    trans.__('Before that, v%1 is loaded and asked one of its own samples. No request is lost.', version),
  ];
  if (newest) {
    sentences.push(trans.__('As the newest version it needs no pin: the next Deploy goes live as usual.'));
  } else {
    sentences.push(
      trans.__('It stays pinned, also when the server restarts, until the next Deploy or until you go forward again.'),
    );
  }
  if (live !== null) sentences.push(trans.__('v%1 is not deleted, and what it has answered stays as it is.', live));
  return sentences;
}
