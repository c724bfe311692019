/** Answers that a client app got while a server swapped versions. */
export interface Forecasts {
  readonly answered: number;
  readonly failures: readonly string[];
}

/** Asks for a forecast again and again, one request after the other, until told to stop. */
export async function askSteadily(url: string, stop: AbortSignal): Promise<Forecasts> {
  const failures: string[] = [];
  let answered = 0;
  while (!stop.aborted) {
    try {
      await forecast(url);
      answered += 1;
    } catch (error) {
      failures.push(String(error));
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return {answered, failures};
}

const PRICES = Array.from({length: 60}, (_, day) => 2000 + day);

/** Asks for a forecast. @throws Error with the answer when it is none. */
async function forecast(url: string): Promise<Response> {
  const response = await fetch(url, {method: 'POST', body: JSON.stringify({instances: [{prices: PRICES}]})});
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`${response.status}: ${JSON.stringify(body)}`);
  forecastShape(body);
  return response;
}

/** The version that a forecast comes from, asking until there is one: a server that is being started refuses connections. */
export async function answeringVersion(url: string): Promise<string | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await forecast(url)).headers.get('ingot-model-version');
    } catch (error) {
      if (attempt === 300) throw error;
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }
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
