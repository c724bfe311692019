/**
 * What can go wrong at the API's door. Each has a stable code, an HTTP status, a message with the values in it, and what
 * the person who gets it can do.
 */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';

  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

export const faults = {
  wrongToken: () =>
    new ApiFault(
      'wrong_token',
      401,
      'The deployer refused this request: its token is missing or wrong.',
      'Go through JupyterLab, which adds the token, or send INGOT_DEPLOYER_TOKEN in the header x-ingot-token.',
    ),
  missingClient: () =>
    new ApiFault(
      'missing_client_header',
      403,
      'The deployer refused this request: the header x-ingot-client is missing.',
      'Name the calling program in the header x-ingot-client, e.g. "x-ingot-client: curl".',
    ),
  foreignHost: (host: string) =>
    new ApiFault(
      'foreign_host',
      403,
      `The deployer does not answer to the host name "${host}".`,
      'Call it by its own address, or add the name to INGOT_ALLOWED_HOSTS.',
    ),
  foreignOrigin: (origin: string) =>
    new ApiFault(
      'foreign_origin',
      403,
      `The deployer refused this request: it comes from a page of another site, "${origin}".`,
      'Use the Deploy button in JupyterLab.',
    ),
  notJson: (type: string) =>
    new ApiFault(
      'not_json',
      415,
      `The body's type is "${type}", and only application/json is accepted.`,
      'Send JSON with "content-type: application/json".',
    ),
  invalid: (message: string) => new ApiFault('invalid_request', 400, message),
  tooLarge: (limit: number) =>
    new ApiFault('too_large', 413, `The body is larger than the ${limit} bytes that a request may have.`),
  noRoute: (method: string, url: string) =>
    new ApiFault('no_such_route', 404, `There is no ${method} ${url} here.`, 'See /api/openapi.json.'),
  noStaged: (staged: string) =>
    new ApiFault(
      'no_such_staged_model',
      404,
      `No staged model is called "${staged}".`,
      'Click Deploy in the notebook again: it stages the model anew.',
    ),
  stagedElsewhere: (staged: string, model: string, id: string) =>
    new ApiFault(
      'staged_for_another_model',
      409,
      `The staged model "${staged}" is already being deployed as "${model}" (deployment ${id}).`,
      'Deploy it under that name, or stage it again from the notebook.',
    ),
  noDeployment: (id: string) =>
    new ApiFault('no_such_deployment', 404, `There is no deployment "${id}".`, 'List them with GET /api/deployments.'),
  notFailed: (id: string, state: string) =>
    new ApiFault('not_failed', 409, `Deployment ${id} is ${state}; only a failed one can be tried again.`),
  tooLateToCancel: (id: string, state: string, version: number | null) =>
    new ApiFault(
      'too_late_to_cancel',
      409,
      `Deployment ${id} is ${state}${version === null ? '' : ` and published as version ${version}`}: it cannot be cancelled any more.`,
    ),
  noModel: (name: string) =>
    new ApiFault('no_such_model', 404, `No version of a model "${name}" has been published.`, 'Deploy one first.'),
  noServingControl: () =>
    new ApiFault(
      'no_serving_control',
      409,
      'This deployer cannot tell the model server which version answers: INGOT_SERVING_TOKEN is not set.',
      'Start the deployer, its workers and the model server with the same INGOT_SERVING_TOKEN (`npm start` does).',
    ),
  noVersion: (name: string, version: number) =>
    new ApiFault('no_such_version', 404, `Model "${name}" has no version ${version}.`, `See GET /api/models.`),
  queueDown: (cause: string) =>
    new ApiFault(
      'queue_down',
      503,
      `The deployment queue does not answer (${cause}). Nothing was changed; live models go on answering.`,
      'Try again in a moment. If it stays so, see that the server at INGOT_REDIS_URL runs (`npm start` runs one).',
    ),
  tooManyStreams: (limit: number) =>
    new ApiFault('too_many_streams', 503, `${limit} event streams are open already.`, 'Poll the deployment instead.'),
  internal: () =>
    new ApiFault('internal', 500, 'The deployer failed to answer. Its log says why.', "Look into the deployer's log."),
} as const;
