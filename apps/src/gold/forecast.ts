/** What the gold model answers with: its quantiles, for each of the next trading days. */
export const QUANTILES = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975] as const;

export interface ForecastDay {
  /** Trading days ahead, from 1. */
  readonly day: number;
  /** In the order of QUANTILES, in the unit of the prices. */
  readonly values: readonly number[];
}

/** An answer that is not the gold model's, or the server's refusal in its own words. */
export class ForecastError extends Error {
  override readonly name = 'ForecastError';
}

/**
 * Reads the answer to one instance: `predictions` of shape [1, days, 9].
 * @throws ForecastError with the server's own words, or with what the answer lacks.
 */
export function readForecast(status: number, answer: unknown): ForecastDay[] {
  const {error, predictions} = (answer ?? {}) as {error?: unknown; predictions?: unknown};
  if (typeof error === 'string') throw new ForecastError(`The model server says (${status}): ${error}`);
  const days: unknown = Array.isArray(predictions) ? predictions[0] : undefined;
  if (!Array.isArray(days) || days.length === 0) throw new ForecastError(`The answer (${status}) holds no forecast.`);
  return days.map((values: unknown, index) => {
    if (!Array.isArray(values) || values.length !== QUANTILES.length || !values.every(Number.isFinite)) {
      throw new ForecastError(
        `Day ${index + 1} of the answer is not the ${QUANTILES.length} quantiles that this page draws.`,
      );
    }
    return {day: index + 1, values: values as number[]};
  });
}

/** Asks the model that is live. @throws ForecastError, also when nothing answers. */
export async function askForecast(prices: readonly number[], ask: typeof fetch = fetch): Promise<ForecastDay[]> {
  const response = await ask('/v1/models/gold:predict', {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({instances: [prices]}),
  }).catch((cause: unknown) => {
    throw new ForecastError('The model server does not answer. Is Ingot running?', {cause});
  });
  const answer: unknown = await response.json().catch(() => null);
  return readForecast(response.status, answer);
}

/** The version that answers, e.g. "2", or null when none does. */
export async function liveVersion(ask: typeof fetch = fetch): Promise<string | null> {
  const response = await ask('/v1/models/gold');
  const status = (await response.json().catch(() => null)) as {
    model_version_status?: {version: string; state: string}[];
  } | null;
  const available = status?.model_version_status?.filter(({state}) => state === 'AVAILABLE') ?? [];
  return available.map(({version}) => version).sort((a, b) => Number(b) - Number(a))[0] ?? null;
}
