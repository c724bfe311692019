import type {BatchObserver} from '../batching/observer.js';
import {exponentialBuckets, type Histogram, type HistogramFamily, type MetricRegistry, type Value} from './registry.js';

/** From 100 microseconds to some 1.1 seconds. */
const QUEUING_MICROS = exponentialBuckets(100, 1.2, 52);
/** From 100 microseconds to some 26 seconds. */
const QUEUING_SECONDS = exponentialBuckets(1e-4, 2, 19);
/** From 1 to 8,192. */
const SIZES = exponentialBuckets(1, 2, 14);

const metric = (name: string): string => `/tensorflow/serving/batching_session/${name}`;

/**
 * What TensorFlow Serving counts of its batching, under its names (tensorflow_serving/batching/batching_session.cc), which tell of
 * all models together; and beside it the same of each model.
 */
export class BatchingMetrics {
  private readonly queuing: HistogramFamily;
  private readonly runs: Value;
  private readonly inputSizes: Histogram;
  private readonly processedSizes: Histogram;
  private readonly paddings: HistogramFamily;
  private readonly waits: HistogramFamily;
  private readonly batches: HistogramFamily;

  constructor(registry: MetricRegistry) {
    this.queuing = registry.histogram(metric('queuing_latency'), ['thread_pool_name'], QUEUING_MICROS);
    this.runs = registry.counter(metric('wrapped_run_count'), []).with();
    this.inputSizes = registry.histogram(metric('input_batch_size'), [], SIZES).with();
    this.processedSizes = registry.histogram(metric('processed_batch_size'), [], SIZES).with();
    this.paddings = registry.histogram(metric('padding_size'), ['execution_batch_size'], SIZES);
    this.waits = registry.histogram('ingot_model_queue_seconds', ['model'], QUEUING_SECONDS);
    this.batches = registry.histogram('ingot_model_batch_rows', ['model'], SIZES);
  }

  /** @param pool the name of what runs the batches */
  observer(pool: string, model: string): BatchObserver {
    const {runs, inputSizes, processedSizes, paddings} = this;
    const queuing = this.queuing.with(pool);
    const waits = this.waits.with(model);
    const batches = this.batches.with(model);
    // Looked up once for each size.
    const bySize = new Map<number, Histogram>();
    return {
      submitted(rows, inputs) {
        for (let i = 0; i < inputs; i++) inputSizes.observe(rows);
      },
      dequeued(waitedMs) {
        queuing.observe(waitedMs * 1000);
        waits.observe(waitedMs / 1000);
      },
      running(rows, padding) {
        runs.add(1);
        processedSizes.observe(rows);
        batches.observe(rows - padding);
        let sizes = bySize.get(rows);
        if (sizes === undefined) bySize.set(rows, (sizes = paddings.with(String(rows))));
        sizes.observe(padding);
      },
    };
  }
}
