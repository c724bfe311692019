import type {SignatureSpec} from '@ingot/tensorflow/session';
import {CLASSIFY_METHOD, REGRESS_METHOD} from '../inference/examples.js';
import type {WarmUpObserver} from '../loading/warm-up.js';
import type {LoadObserver} from '../loading/loader.js';
import type {Servable} from '../lifecycle/servable.js';
import type {Code} from '../status/status.js';
import {BatchingMetrics} from './batching.js';
import {MetricRegistry, exponentialBuckets, type Histogram, type Value} from './registry.js';
import {VERSION} from '../version.js';

/** From 10 microseconds to some 25 minutes. */
const LATENCY_MICROS = exponentialBuckets(10, 1.8, 33);
/** From 1 to 16,384. */
const EXAMPLES = exponentialBuckets(1, 2, 15);
const LATENCY_SECONDS = LATENCY_MICROS.map(micros => micros / 1e6);

export type Entrypoint = 'REST' | 'GRPC';

/** What happened to one request. */
export interface RequestEvent {
  readonly model: string;
  /** REST: predict, classify, regress or ""; gRPC: Predict and so on. */
  readonly api: string;
  readonly entrypoint: Entrypoint;
  readonly code: Code;
  readonly micros: number;
  /** The version that it was given to; undefined when it came to none. */
  readonly answeredBy?: Servable | undefined;
}

/** What one request adds to. */
interface RequestSeries {
  readonly requests: Value;
  readonly handled: Value;
  /** Only requests that were answered well have a latency. */
  readonly latency?: Histogram;
  readonly duration?: Histogram;
}

/** What requests to one version add to. */
interface VersionSeries extends Pick<RequestEvent, 'api' | 'entrypoint' | 'code'> {
  readonly series: RequestSeries;
}

/** Models that are named in metrics at most: clients choose names, and every name is a series. */
const MAX_MODELS = 10_000;

const APIS = new Map([
  [CLASSIFY_METHOD, 'Classify'],
  [REGRESS_METHOD, 'Regress'],
]);

/** What the server counts: TensorFlow Serving's metrics under its names, and conventional ones beside them. */
export class Metrics implements LoadObserver, WarmUpObserver {
  readonly registry = new MetricRegistry();
  readonly batching = new BatchingMetrics(this.registry);
  private readonly requests = this.registry.counter('/tensorflow/serving/request_count', ['model_name', 'status']);
  private readonly latency = this.registry.histogram(
    '/tensorflow/serving/request_latency',
    ['model_name', 'API', 'entrypoint'],
    LATENCY_MICROS,
  );
  private readonly runtime = this.registry.histogram(
    '/tensorflow/serving/runtime_latency',
    ['model_name', 'API', 'runtime'],
    LATENCY_MICROS,
  );
  private readonly warmups = this.registry.counter('/tensorflow/serving/model_warmup_records_read', [
    'model_path',
    'status',
  ]);
  private readonly loads = this.registry.counter('/tensorflow/cc/saved_model/load_attempt_count', [
    'model_path',
    'status',
  ]);
  private readonly loadLatency = this.registry.counter('/tensorflow/cc/saved_model/load_latency', ['model_path']);
  private readonly exampleCounts = this.registry.histogram(
    '/tensorflow/serving/request_example_counts',
    ['model'],
    EXAMPLES,
  );
  private readonly examplesTotal = this.registry.counter('/tensorflow/serving/request_example_count_total', ['model']);
  private readonly logs = this.registry.counter('/tensorflow/serving/request_log_count', ['model_name', 'status_code']);
  private readonly warmupLatency = this.registry.histogram(
    '/tensorflow/serving/model_warmup_latency',
    ['model_path', 'status'],
    LATENCY_MICROS,
  );
  private readonly handled = this.registry.counter('ingot_requests_total', [
    'model',
    'version',
    'api',
    'entrypoint',
    'code',
  ]);
  private readonly duration = this.registry.histogram(
    'ingot_request_duration_seconds',
    ['model', 'version', 'api', 'entrypoint'],
    LATENCY_SECONDS,
  );
  private readonly runs = this.registry.histogram('ingot_run_seconds', ['model', 'signature'], LATENCY_SECONDS);
  private readonly states = this.registry.gauge('ingot_model_version_state', ['model', 'version', 'state']);
  private readonly ready = this.registry.gauge('ingot_ready', []);
  private readonly losses = this.registry.counter('ingot_engine_losses_total', ['reason']);
  private readonly models = new Set<string>();
  /** Of requests that came to no version. */
  private readonly series = new Map<string, RequestSeries>();
  /** Of the others: few for each version, so that looking through them is quicker than making a key. */
  private readonly seriesOfVersions = new WeakMap<Servable, VersionSeries[]>();

  constructor() {
    this.registry.gauge('ingot_build_info', ['version', 'node']).with(VERSION, process.versions.node).set(1);
  }

  request(event: RequestEvent): void {
    const {micros} = event;
    const series = this.seriesOf(event);
    series.requests.add(1);
    series.handled.add(1);
    series.latency?.observe(micros);
    series.duration?.observe(micros / 1e6);
  }

  /** Looked up once for each combination, not for each request. */
  private seriesOf(event: RequestEvent): RequestSeries {
    const {model, api, entrypoint, code, answeredBy} = event;
    if (answeredBy !== undefined) return this.seriesOfVersion(event, answeredBy);
    const key = `${entrypoint}\0${code}\0${api}\0${model}`;
    const known = this.series.get(key);
    if (known !== undefined) return known;
    const series = this.makeSeries(event);
    if (this.models.has(model)) this.series.set(key, series);
    return series;
  }

  private seriesOfVersion(event: RequestEvent, servable: Servable): RequestSeries {
    let known = this.seriesOfVersions.get(servable);
    if (known === undefined) this.seriesOfVersions.set(servable, (known = []));
    for (const each of known) {
      if (each.code === event.code && each.api === event.api && each.entrypoint === event.entrypoint)
        return each.series;
    }
    const {api, entrypoint, code} = event;
    const series = this.makeSeries(event);
    if (this.models.has(event.model)) known.push({api, entrypoint, code, series});
    return series;
  }

  private makeSeries({model, api, entrypoint, code, answeredBy}: RequestEvent): RequestSeries {
    const name = this.known(model);
    const version = answeredBy === undefined ? '' : String(answeredBy.version);
    return {
      requests: this.requests.with(name, code),
      handled: this.handled.with(name, version, api, entrypoint, code),
      ...(code === 'OK' && {
        latency: this.latency.with(name, api, entrypoint),
        duration: this.duration.with(name, version, api, entrypoint),
      }),
    };
  }

  ran(model: string, signature: string, spec: SignatureSpec | undefined, micros: number): void {
    const api = APIS.get(spec?.methodName ?? '') ?? 'Predict';
    this.runtime.with(model, api, 'TF1').observe(micros);
    // A client may ask for a signature that is not there: names that it makes up are no series.
    if (spec !== undefined) this.runs.with(model, signature).observe(micros / 1e6);
  }

  loaded(path: string, succeeded: boolean, micros: number): void {
    this.loads.with(path, succeeded ? 'success' : 'fail').add(1);
    this.loadLatency.with(path).add(Math.round(micros));
  }

  warmedUp(path: string, code: Code, records: number, micros: number): void {
    this.warmupLatency.with(path, code).observe(micros);
    this.warmups.with(path, code).add(records);
  }

  /** A classify, regress or multi-inference of so many examples. */
  examples(model: string, count: number): void {
    this.exampleCounts.with(model).observe(count);
    this.examplesTotal.with(model).add(count);
  }

  /** A request was logged, or could not be. */
  logged(model: string, code: Code): void {
    this.logs.with(model, code).add(1);
  }

  /** Prometheus's text, with the states of the models as they are now. */
  text(
    ready: boolean,
    states: Iterable<{model: string; version: string; state: string}>,
    engineLosses: ReadonlyMap<string, number> = new Map(),
  ): string {
    this.ready.with().set(ready ? 1 : 0);
    for (const [reason, count] of engineLosses) this.losses.with(reason).set(count);
    this.states.clear();
    const listed = new Set<string>();
    for (const {model, version, state} of states) {
      this.states.with(model, version, state).set(1);
      listed.add(`${model}\0${version}`);
    }
    // A server that lives through thousands of versions tells of those that it still knows.
    const isKnown = (labels: Readonly<Record<string, string>>): boolean =>
      labels['version'] === '' || listed.has(`${labels['model']}\0${labels['version']}`);
    this.handled.retain(isKnown);
    this.duration.retain(isKnown);
    return this.registry.text();
  }

  private known(model: string): string {
    if (this.models.has(model)) return model;
    if (this.models.size >= MAX_MODELS) return '';
    this.models.add(model);
    return model;
  }
}
