import {
  ApiError,
  CLIENT_HEADER,
  DeployedModel,
  Deployment,
  VersionDetails,
  type DeploymentRequest,
  type LiveRequest,
} from '@ingot/deployer/deployment';
import type {TranslationBundle} from '@jupyterlab/translation';
import Type, {type Static, type TSchema} from 'typebox';
import Value from 'typebox/value';
import {isAbort, Problem} from './errors.js';
import {eventData} from './event-stream.js';

/** Sends a request to a path of the deployer, e.g. "api/models", with whatever login that needs. */
export type Transport = (path: string, init: RequestInit) => Promise<Response>;

const Models = Type.Array(DeployedModel);
const Deployments = Type.Array(Deployment);

/** The deployer's API, as far as the extension uses it. Every method throws Problem, or AbortError when aborted. */
export class DeployerClient {
  constructor(
    private readonly transport: Transport,
    private readonly trans: TranslationBundle,
  ) {}

  models(): Promise<DeployedModel[]> {
    return this.json(Models, 'api/models');
  }

  /** The contract and the lineage of one version. */
  version(model: string, version: number): Promise<VersionDetails> {
    return this.json(VersionDetails, `api/models/${encodeURIComponent(model)}/versions/${version}`);
  }

  /** Newest first. */
  deployments(): Promise<Deployment[]> {
    return this.json(Deployments, 'api/deployments');
  }

  deployment(id: string, signal?: AbortSignal): Promise<Deployment> {
    return this.json(Deployment, `api/deployments/${encodeURIComponent(id)}`, {signal: signal ?? null});
  }

  deploy(request: DeploymentRequest): Promise<Deployment> {
    return this.json(Deployment, 'api/deployments', post(request));
  }

  /** Has a published version answer the requests that name none. */
  makeLive(model: string, request: LiveRequest): Promise<Deployment> {
    return this.json(Deployment, `api/models/${encodeURIComponent(model)}/live`, post(request));
  }

  retry(id: string): Promise<Deployment> {
    return this.json(Deployment, `api/deployments/${encodeURIComponent(id)}/retry`, post({}));
  }

  /** The deployment now and after each change, for as long as the connection holds. */
  async *events(id: string, signal: AbortSignal): AsyncGenerator<Deployment> {
    const response = await this.send(`api/deployments/${encodeURIComponent(id)}/events`, {
      headers: {Accept: 'text/event-stream'},
      signal,
    });
    if (response.body === null) throw this.unreadable('the stream of events is empty');
    for await (const data of eventData(response.body)) yield this.checked(Deployment, data);
  }

  private async json<Schema extends TSchema>(
    schema: Schema,
    path: string,
    init: RequestInit = {},
  ): Promise<Static<Schema>> {
    const response = await this.send(path, init);
    return this.checked(schema, await response.text());
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const headers = {...init.headers, [CLIENT_HEADER]: 'jupyterlab'};
    let response: Response;
    try {
      // Any cache mode but this one has JupyterLab add a time to the address.
      response = await this.transport(path, {...init, headers, cache: 'no-cache'});
    } catch (error) {
      if (isAbort(error) || init.signal?.aborted === true) throw error;
      throw this.unreachable(this.trans.__('The Jupyter server cannot be reached.'));
    }
    if (response.ok) return response;
    throw await this.refusal(response);
  }

  /** The deployer explains itself in JSON; what answers otherwise is the Jupyter server's proxy. */
  private async refusal(response: Response): Promise<Problem> {
    const error = parseError(await response.text());
    if (error !== null) return new Problem(error.message, error.remedy ?? '', error.code);
    if (response.status === 401 || response.status === 403) {
      const remedy = this.trans.__('Log in again, then retry.');
      return new Problem(this.trans.__('You are not logged in to the Jupyter server.'), remedy, 'unreachable');
    }
    return this.unreachable(this.trans.__('The deployer does not answer (status %1).', response.status));
  }

  private checked<Schema extends TSchema>(schema: Schema, text: string): Static<Schema> {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.unreadable('it is not JSON');
    }
    if (Value.Check(schema, value)) return value;
    const first = Value.Errors(schema, value)[0];
    throw this.unreadable(`${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim());
  }

  private unreadable(why: string): Problem {
    return new Problem(
      this.trans.__("The deployer's answer cannot be read: %1.", why),
      this.trans.__(
        'The extension and the deployer are of different versions: restart the platform, then reload this page.',
      ),
      'bad_answer',
    );
  }

  private unreachable(what: string): Problem {
    return new Problem(
      what,
      this.trans.__('Start the platform with `npm start`, or look into the log of its deployer.'),
      'unreachable',
    );
  }
}

function post(body: unknown): RequestInit {
  return {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)};
}

function parseError(text: string): ApiError['error'] | null {
  try {
    const body: unknown = JSON.parse(text);
    return Value.Check(ApiError, body) ? body.error : null;
  } catch {
    return null;
  }
}
