import {Shadow, type ShadowCounts} from '../traffic/shadow.js';
import {pointOf, versionAt} from '../traffic/weights.js';
import type {ModelControl} from '../control/control.js';
import type {RecentRuns} from '../loading/recent-runs.js';
import type {Asker, Lease} from './servable.js';
import type {VersionRecord} from './versions/version-record.js';

/**
 * What requests get that name no version: the pinned one, or one by weight, or the newest. The one place where that is
 * decided, for all doors.
 */
export class Front {
  /** What all of them get, or with weights most. */
  private main: VersionRecord | null = null;
  private shadow: Shadow | null = null;

  constructor(
    private readonly model: string,
    private readonly records: ReadonlyMap<bigint, VersionRecord>,
    private said: ModelControl,
  ) {
    this.control = said;
  }

  /** The version that they get, or with weights most of them; null when they get none. */
  get version(): bigint | null {
    return this.main?.version ?? null;
  }

  /** What that version was asked last; null when there is none. */
  get recentRuns(): RecentRuns | null {
    return this.main?.recentRuns ?? null;
  }

  /** What became of the requests that were mirrored; null when none are. */
  get shadowCounts(): ShadowCounts | null {
    return this.shadow?.counts ?? null;
  }

  get control(): ModelControl {
    return this.said;
  }

  set control(control: ModelControl) {
    this.said = control;
    const {shadow} = control;
    if (shadow !== (this.shadow?.order ?? null)) {
      this.shadow =
        shadow === null ? null : new Shadow(shadow, () => this.records.get(shadow.version)?.lease() ?? null);
    }
    this.update();
  }

  /** Chooses anew: to be called when a version has become ready, or is no longer. */
  update(): void {
    const {pin, weights} = this.said;
    const ready = [...this.records.values()].filter(({phase}) => phase === 'ready');
    const share = ({version}: VersionRecord): number => weights?.shares.get(version) ?? 0;
    const before = (a: VersionRecord, b: VersionRecord): boolean =>
      share(a) === share(b) ? a.version > b.version : share(a) > share(b);
    this.main =
      pin === null
        ? ready.reduce<VersionRecord | null>((best, each) => (best && before(best, each) ? best : each), null)
        : (ready.find(({version}) => version === pin) ?? null);
  }

  /** The version that a request gets; null when it gets none. */
  choose(asker: Asker | undefined): VersionRecord | null {
    const {weights, pin} = this.said;
    if (weights === null || pin !== null) return this.main;
    const point = pointOf(this.model, weights, asker);
    const drawn = this.ready(versionAt(weights.shares, point));
    if (drawn !== null) return drawn;
    // What is not AVAILABLE leaves its share to the others.
    const others = [...weights.shares].filter(([version]) => this.ready(version) !== null);
    return this.ready(versionAt(others, point)) ?? this.main;
  }

  /** The lease, with its runs mirrored when there is a shadow. */
  shadowed(lease: Lease): Lease {
    if (this.shadow === null || this.shadow.order.version === lease.servable.version) return lease;
    return {servable: this.shadow.over(lease.servable), release: lease.release};
  }

  private ready(version: bigint | null): VersionRecord | null {
    const record = version === null ? undefined : this.records.get(version);
    return record?.phase === 'ready' ? record : null;
  }
}
