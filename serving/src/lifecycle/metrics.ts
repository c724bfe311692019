import type {MetricRegistry, ValueFamily} from '../metrics/registry.js';
import type {ModelManager} from './manager.js';

/** What the life cycle tells Prometheus beside the states: read off the models when they are asked for. */
export class LifecycleMetrics {
  private readonly pinned: ValueFamily;
  private readonly unloaded: ValueFamily;
  private readonly requests: ValueFamily;

  constructor(
    registry: MetricRegistry,
    private readonly models: ModelManager,
  ) {
    this.pinned = registry.gauge('ingot_model_pinned', ['model', 'version']);
    this.unloaded = registry.gauge('ingot_model_unloaded', ['model']);
    this.requests = registry.counter('ingot_model_version_requests_total', ['model', 'version']);
  }

  collect(): void {
    const {models, pinned, unloaded, requests} = this;
    for (const family of [pinned, unloaded, requests]) family.clear();
    for (const name of models.knownNames) {
      const control = models.control(name);
      if (control.pin !== null) pinned.with(name, String(control.pin)).set(1);
      if (control.unloaded) unloaded.with(name).set(1);
      for (const {version, requests: count} of models.states(name)) requests.with(name, String(version)).set(count);
    }
  }
}
