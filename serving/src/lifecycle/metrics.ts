import type {BudgetedEngine} from '../memory/budgeted-engine.js';
import type {MetricRegistry, ValueFamily} from '../metrics/registry.js';
import {NOTHING_MIRRORED} from '../traffic/shadow.js';
import type {ModelManager} from './manager.js';

/** What the life cycle tells Prometheus beside the states: read off the models when they are asked for. */
export class LifecycleMetrics {
  private readonly pinned: ValueFamily;
  private readonly unloaded: ValueFamily;
  private readonly requests: ValueFamily;
  private readonly inFlight: ValueFamily;
  private readonly copies: ValueFamily;
  private readonly weights: ValueFamily;
  private readonly resident: ValueFamily;
  private readonly memory: ValueFamily;
  private readonly moves: ValueFamily;
  private readonly shadowed: ValueFamily;

  constructor(
    registry: MetricRegistry,
    private readonly models: ModelManager,
    /** Null without a memory budget. */
    private readonly budget: BudgetedEngine | null,
  ) {
    this.pinned = registry.gauge('ingot_model_pinned', ['model', 'version']);
    this.unloaded = registry.gauge('ingot_model_unloaded', ['model']);
    this.weights = registry.gauge('ingot_model_weight', ['model', 'version']);
    this.shadowed = registry.counter('ingot_model_shadow_requests_total', ['model', 'version', 'result']);
    this.resident = registry.gauge('ingot_model_resident', ['model', 'version']);
    this.memory = registry.gauge('ingot_models_memory_bytes', ['what']);
    this.moves = registry.counter('ingot_models_memory_moves_total', ['what']);
    this.requests = registry.counter('ingot_model_version_requests_total', ['model', 'version']);
    this.copies = registry.gauge('ingot_model_copies', ['model', 'version', 'device', 'state']);
    this.inFlight = registry.gauge('ingot_model_version_requests_in_flight', ['model', 'version']);
  }

  collect(): void {
    const {models, pinned, unloaded, requests, inFlight, copies, weights, shadowed, resident} = this;
    for (const family of [pinned, unloaded, requests, inFlight, copies, weights, shadowed, resident]) family.clear();
    for (const name of models.knownNames) {
      const control = models.control(name);
      if (control.pin !== null) pinned.with(name, String(control.pin)).set(1);
      if (control.unloaded) unloaded.with(name).set(1);
      for (const [version, share] of control.weights?.shares ?? []) weights.with(name, String(version)).set(share);
      const {same, different, failed, dropped} = models.model(name)?.shadowCounts ?? NOTHING_MIRRORED;
      if (control.shadow !== null) {
        const shadow = String(control.shadow.version);
        for (const [result, count] of Object.entries({same, different, failed, dropped})) {
          shadowed.with(name, shadow, result).set(count);
        }
      }
      for (const {version, requests: count, inFlight: running, memory, copies: all} of models.states(name)) {
        requests.with(name, String(version)).set(count);
        inFlight.with(name, String(version)).set(running);
        for (const {device, ready} of all) copies.with(name, String(version), device, ready ? 'ready' : 'down').add(1);
        if (memory !== null) resident.with(name, String(version)).set(memory.resident ? 1 : 0);
      }
    }
    this.collectMemory();
  }

  private collectMemory(): void {
    const {budget, memory, moves} = this;
    if (budget === null) return;
    memory.with('used').set(budget.usedBytes);
    memory.with('runs').set(budget.runBytes);
    memory.with('measured').set(budget.measuredBytes);
    memory.with('budget').set(budget.budgetBytes);
    moves.with('rest').set(budget.counts.rests);
    moves.with('wake').set(budget.counts.wakes);
  }
}
