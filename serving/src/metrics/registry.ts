/** Counters, gauges and histograms, and their text for Prometheus in the spelling of TensorFlow Serving's exporter. */

type Labels = Readonly<Record<string, string>>;
type Kind = 'counter' | 'gauge' | 'histogram';

/** A number that goes up, or that is set. */
export interface Value {
  add(amount: number): void;
  set(value: number): void;
  readonly value: number;
}

export interface Histogram {
  observe(value: number): void;
  readonly count: number;
}

/** Upper bounds `scale * growth^i`, as TensorFlow's Buckets::Exponential has them. */
export function exponentialBuckets(scale: number, growth: number, count: number): number[] {
  return Array.from({length: count}, (_, i) => scale * growth ** i);
}

/** Counts of observed values by upper bound; the last bound is infinity. */
class BucketedHistogram implements Histogram {
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value < (this.bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.counts[low] = (this.counts[low] as number) + 1;
    this.sum += value;
    this.count++;
  }

  lines(name: string, labels: Labels): string[] {
    let cumulative = 0;
    const buckets = this.counts.map((count, i) => {
      const bound = this.bounds[i];
      return line(
        `${name}_bucket`,
        {...labels, le: bound === undefined ? '+Inf' : sixDigits(bound)},
        (cumulative += count),
      );
    });
    return [...buckets, line(`${name}_sum`, labels, this.sum), line(`${name}_count`, labels, this.count)];
  }
}

class SingleValue implements Value {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }

  set(value: number): void {
    this.value = value;
  }

  lines(name: string, labels: Labels): string[] {
    return [line(name, labels, this.value)];
  }
}

/** All series of one name. Children are made as their labels are first seen; keep them where a lookup would cost. */
class Family<M extends SingleValue | BucketedHistogram> {
  private readonly children = new Map<string, {labels: Labels; metric: M}>();

  constructor(
    readonly kind: Kind,
    private readonly names: readonly string[],
    private readonly make: () => M,
  ) {}

  /** The series with these label values, in the order of the label names. */
  with(...values: readonly string[]): M {
    const key = values.join('\0');
    let child = this.children.get(key);
    if (child === undefined) {
      child = {labels: Object.fromEntries(this.names.map((name, i) => [name, values[i] ?? ''])), metric: this.make()};
      this.children.set(key, child);
    }
    return child.metric;
  }

  /** Over all series. */
  total(): number {
    let sum = 0;
    for (const {metric} of this.children.values()) sum += metric instanceof SingleValue ? metric.value : metric.count;
    return sum;
  }

  clear(): void {
    this.children.clear();
  }

  /** Forgets the series whose labels are not worth keeping. */
  retain(keep: (labels: Labels) => boolean): void {
    for (const [key, {labels}] of this.children) if (!keep(labels)) this.children.delete(key);
  }

  lines(name: string): string[] {
    return [...this.children.values()].flatMap(({labels, metric}) => metric.lines(name, labels));
  }
}

export type ValueFamily = Family<SingleValue>;
export type HistogramFamily = Family<BucketedHistogram>;

export class MetricRegistry {
  private readonly families = new Map<string, Family<SingleValue> | Family<BucketedHistogram>>();

  /** @param path TensorFlow's form of a name, e.g. "/tensorflow/serving/request_count". */
  counter(path: string, labels: readonly string[]): ValueFamily {
    return this.add(path, new Family('counter', labels, () => new SingleValue()));
  }

  gauge(path: string, labels: readonly string[]): ValueFamily {
    return this.add(path, new Family('gauge', labels, () => new SingleValue()));
  }

  histogram(path: string, labels: readonly string[], bounds: readonly number[]): HistogramFamily {
    return this.add(path, new Family('histogram', labels, () => new BucketedHistogram(bounds)));
  }

  /** The sum over a counter's series by its path, undefined when there is no such counter. */
  total(path: string): number | undefined {
    return this.families.get(path)?.total();
  }

  /** Prometheus's text format, without HELP lines. */
  text(): string {
    return [...this.families]
      .map(([path, family]) => {
        const name = metricName(path);
        const lines = family.lines(name);
        return lines.length === 0 ? '' : `# TYPE ${name} ${family.kind}\n${lines.join('\n')}\n`;
      })
      .join('');
  }

  private add<F extends Family<SingleValue> | Family<BucketedHistogram>>(path: string, family: F): F {
    this.families.set(path, family);
    return family;
  }
}

/** "/tensorflow/serving/x" is ":tensorflow:serving:x". */
function metricName(path: string): string {
  const name = path.replace(/[^A-Za-z0-9_]/g, ':');
  return /^\d/.test(name) ? `_${name}` : name;
}

function line(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels).map(([label, content]) => {
    const escaped = content.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${label.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_')}="${escaped}"`;
  });
  return `${name}{${text.join(',')}} ${sixDigits(value)}`;
}

/** Whole numbers in full, others with six significant digits. */
function sixDigits(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
