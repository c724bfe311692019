import type {LoadedModel} from '@ingot/tensorflow/session';
import type {MetricRegistry, ValueFamily} from '../metrics/registry.js';
import type {OptionsSource} from '../placement/options-file.js';
import {CachedModel} from './cached-model.js';
import {ResponseCache} from './response-cache.js';

/** The response caches of all models, as large as their options say; one of no bytes keeps nothing. */
export class ResponseCaches {
  private readonly caches = new Map<string, ResponseCache>();
  private readonly requests: ValueFamily;
  private readonly evictions: ValueFamily;
  private readonly bytes: ValueFamily;
  private readonly entries: ValueFamily;

  constructor(
    private readonly options: OptionsSource,
    registry: MetricRegistry,
  ) {
    this.requests = registry.counter('ingot_response_cache_requests_total', ['model', 'result']);
    this.evictions = registry.counter('ingot_response_cache_evictions_total', ['model']);
    this.bytes = registry.gauge('ingot_response_cache_bytes', ['model']);
    this.entries = registry.gauge('ingot_response_cache_entries', ['model']);
    options.onChange(() => this.caches.forEach((cache, model) => (cache.limit = options.of(model).cacheBytes)));
  }

  /** A version of a model, with the model's cache in front of it. */
  add(loaded: LoadedModel, model: string): LoadedModel {
    let cache = this.caches.get(model);
    if (cache === undefined) this.caches.set(model, (cache = new ResponseCache(this.options.of(model).cacheBytes)));
    return new CachedModel(loaded, cache);
  }

  /** Brings the metrics up to date. */
  collect(): void {
    for (const [model, cache] of this.caches) {
      const {hits, misses, joined, evictions} = cache.counts;
      if (cache.limit === 0 && hits + misses === 0) continue;
      this.requests.with(model, 'hit').set(hits);
      this.requests.with(model, 'miss').set(misses);
      this.requests.with(model, 'joined').set(joined);
      this.evictions.with(model).set(evictions);
      this.bytes.with(model).set(cache.bytes);
      this.entries.with(model).set(cache.size);
    }
  }
}
