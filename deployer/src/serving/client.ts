/** What the deployer asks of the model server, over TensorFlow Serving's REST. */
export interface VersionStatus {
  readonly version: number;
  /** START, LOADING, AVAILABLE, UNLOADING or END. */
  readonly state: string;
  readonly errorCode: string;
  readonly errorMessage: string;
}

export class ServingUnreachable extends Error {
  override readonly name = 'ServingUnreachable';
}

export interface PredictAnswer {
  readonly status: number;
  readonly body: string;
}

export class ServingClient {
  constructor(
    readonly url: string,
    private readonly timeoutMs = 2000,
  ) {}

  /**
   * @returns the versions of the model that the server knows; none when it does not know the model.
   * @throws ServingUnreachable
   */
  async versions(model: string): Promise<VersionStatus[]> {
    const {status, body} = await this.fetch(`/v1/models/${encodeURIComponent(model)}`);
    if (status === 404) return [];
    if (status !== 200)
      throw new ServingUnreachable(`${this.url} answered ${status} to a question for the model's status`);
    return parseStatus(body);
  }

  /** Columnar predict on one version. @throws ServingUnreachable */
  async predict(model: string, version: number, body: string): Promise<PredictAnswer> {
    return this.fetch(`/v1/models/${encodeURIComponent(model)}/versions/${version}:predict`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body,
    });
  }

  private async fetch(path: string, init: RequestInit = {}): Promise<PredictAnswer> {
    const timeoutMs = init.method === 'POST' ? Math.max(this.timeoutMs, 30_000) : this.timeoutMs;
    try {
      const answer = await fetch(this.url + path, {...init, signal: AbortSignal.timeout(timeoutMs)});
      return {status: answer.status, body: await answer.text()};
    } catch (error) {
      const {cause} = error as {cause?: {code?: string}};
      throw new ServingUnreachable(`${this.url} does not answer (${cause?.code ?? String(error)})`);
    }
  }
}

/** @throws ServingUnreachable when the text is not a status answer. */
export function parseStatus(text: string): VersionStatus[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ServingUnreachable("the model's status is not JSON");
  }
  const {model_version_status: list} = (json ?? {}) as {model_version_status?: unknown};
  if (!Array.isArray(list)) throw new ServingUnreachable('the model\'s status has no "model_version_status"');
  return list.map(
    (item: {version?: unknown; state?: unknown; status?: {error_code?: unknown; error_message?: unknown}}) => ({
      version: Number(item.version),
      state: String(item.state),
      errorCode: String(item.status?.error_code ?? 'OK'),
      errorMessage: String(item.status?.error_message ?? ''),
    }),
  );
}

/** The version that answers a request that names none. */
export function liveVersion(versions: readonly VersionStatus[]): number | null {
  const available = versions.filter(({state}) => state === 'AVAILABLE').map(({version}) => version);
  return available.length ? Math.max(...available) : null;
}
