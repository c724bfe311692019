/** What the deployer asks of the model server, over TensorFlow Serving's REST. */
export interface VersionStatus {
  readonly version: number;
  /** START, LOADING, AVAILABLE, UNLOADING or END. */
  readonly state: string;
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** What a server says of one model. */
export interface LiveState {
  readonly versions: readonly VersionStatus[];
  /** The version that answers a request that names none. */
  readonly live: number | null;
  /** The version that somebody pinned, so that no other may be live. */
  readonly pinned: number | null;
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

  /**
   * All models of the server; null when it has no list of them, as TensorFlow Serving itself.
   * @throws ServingUnreachable
   */
  async models(): Promise<Map<string, LiveState> | null> {
    const {status, body} = await this.fetch('/v1/models', {headers: {accept: 'application/json'}});
    return status === 200 ? parseModels(body) : null;
  }

  /** @throws ServingUnreachable */
  async live(model: string): Promise<LiveState> {
    const listed = (await this.models())?.get(model);
    if (listed) return listed;
    const versions = await this.versions(model);
    return {versions, live: newestAvailable(versions), pinned: null};
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
      throw unreachable(this.url, error);
    }
  }
}

export function unreachable(url: string, error: unknown): ServingUnreachable {
  const {cause} = error as {cause?: {code?: string}};
  return new ServingUnreachable(`${url} does not answer (${cause?.code ?? String(error)})`);
}

/** @throws ServingUnreachable when the text is not a status answer. */
export function parseStatus(text: string): VersionStatus[] {
  return readStatuses(parseJson(text));
}

/** @throws ServingUnreachable when the text is not a list of models. */
export function parseModels(text: string): Map<string, LiveState> {
  const {models} = (parseJson(text) ?? {}) as {models?: unknown};
  if (!Array.isArray(models)) throw new ServingUnreachable('the list of models has no "models"');
  return new Map(
    models.map((item: {name?: unknown; live_version?: unknown; pinned_version?: unknown}) => {
      const versions = readStatuses(item);
      const live = readVersion(item.live_version) ?? newestAvailable(versions);
      const pinned = readVersion(item.pinned_version);
      // A pinned version that is not there leaves nothing live: no other answers in its place.
      const state = {versions, live: pinned === null || live === pinned ? live : null, pinned};
      return [String(item.name), state];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ServingUnreachable("the model's status is not JSON");
  }
}

function readStatuses(json: unknown): VersionStatus[] {
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

function readVersion(value: unknown): number | null {
  return value === undefined || value === null ? null : Number(value);
}

/** The version that TensorFlow Serving gives to a request that names none. */
export function newestAvailable(versions: readonly VersionStatus[]): number | null {
  const available = versions.filter(({state}) => state === 'AVAILABLE').map(({version}) => version);
  return available.length ? Math.max(...available) : null;
}
