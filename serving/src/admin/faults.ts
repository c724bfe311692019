import type {FastifyError, FastifyInstance} from 'fastify';
import Type from 'typebox';
import {ControlFault} from '../control/faults.js';
import type {Log} from '../log.js';

/** What the admin API's door refuses by itself; what it cannot do is in control/faults.ts. */
export const adminFaults = {
  wrongToken: () =>
    new ControlFault(
      'wrong_token',
      401,
      'The token is missing or wrong.',
      'Send the token of --admin_token_file, or of INGOT_SERVING_TOKEN, in the header x-ingot-token.',
    ),
  fromPage: (origin: string) =>
    new ControlFault('from_a_page', 403, `A page in a browser (origin ${origin}) may not control models.`),
  invalid: (message: string) => new ControlFault('invalid_request', 400, message),
  notJson: (type: string) =>
    new ControlFault('not_json', 415, `The body's type is "${type}".`, 'Send "content-type: application/json".'),
  noRoute: (method: string, path: string) =>
    new ControlFault('no_such_route', 404, `There is no ${method} ${path} here.`, 'See /openapi.json.'),
  internal: () => new ControlFault('internal', 500, 'The server failed to answer.', "The server's log says why."),
} as const;

/** Every error answer, in the same shape as the deployer's. */
export const AdminError = Type.Object({
  error: Type.Object({
    code: Type.String({description: 'Stable: for programs.'}),
    message: Type.String({description: 'For people.'}),
    remedy: Type.Optional(Type.String({description: 'What to do about it.'})),
  }),
});

/** Every failure leaves as an AdminError; what is not the caller's fault is logged and not shown. */
export function addFailures(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError | ControlFault, request, reply) => {
    const fault = toFault(error, request.headers['content-type'] ?? '');
    if (fault.code === 'internal') log('error', `${request.method} ${request.url}: ${error.stack ?? error.message}`);
    return reply.status(fault.status).send(bodyOf(fault));
  });
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send(bodyOf(adminFaults.noRoute(request.method, request.url.split('?')[0] ?? ''))),
  );
}

function bodyOf({code, message, remedy}: ControlFault): Type.Static<typeof AdminError> {
  return {error: {code, message, ...(remedy !== undefined && {remedy})}};
}

function toFault(error: FastifyError | ControlFault, type: string): ControlFault {
  if (error instanceof ControlFault) return error;
  if (error.validation) return adminFaults.invalid(`The request is not valid: ${error.message}.`);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return adminFaults.notJson(type);
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new ControlFault('invalid_request', error.statusCode, error.message);
  }
  return adminFaults.internal();
}
