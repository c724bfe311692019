/** Answers that a client app got while a server swapped versions. */
export interface Forecasts {
  readonly answered: number;
  readonly failures: readonly string[];
}

/** Asks for a forecast again and again, one request after the other, until told to stop. */
export async function askSteadily(url: string, stop: AbortSignal): Promise<Forecasts> {
  const prices = Array.from({length: 60}, (_, day) => 2000 + day);
  const failures: string[] = [];
  let answered = 0;
  while (!stop.aborted) {
    try {
      const response = await fetch(url, {method: 'POST', body: JSON.stringify({instances: [{prices}]})});
      const body: unknown = await response.json();
      if (!response.ok) throw new Error(`${response.status}: ${JSON.stringify(body)}`);
      forecastShape(body);
      answered += 1;
    } catch (error) {
      failures.push(String(error));
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return {answered, failures};
}

/**
 * How many steps and quantiles a forecast has.
 * @throws Error when the answer is none, or holds something that is no price.
 */
export function forecastShape(body: unknown): number[] {
  const {predictions} = body as {predictions?: number[][][]};
  const [steps] = predictions ?? [];
  const values = steps?.flat() ?? [];
  if (steps === undefined || values.length === 0 || !values.every(value => Number.isFinite(value) && value > 0)) {
    throw new Error(`This is no forecast: ${JSON.stringify(body).slice(0, 300)}`);
  }
  return [steps.length, steps[0]?.length ?? 0];
}
