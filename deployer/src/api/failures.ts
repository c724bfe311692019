import type {FastifyError, FastifyInstance} from 'fastify';
import type {ApiError} from '../deployment.js';
import {ApiFault, faults} from '../errors.js';
import type {Log} from '../log.js';
import {BODY_LIMIT} from './limits.js';

/** Every failure leaves as an ApiError; what is not the caller's fault is logged and not shown. */
export function addFailures(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError | ApiFault, request, reply) => {
    const fault = toFault(error, request.headers['content-type'] ?? '');
    if (fault.code === 'internal')
      log('error', `${request.method} ${request.url} failed: ${error.stack ?? error.message}`);
    if (fault.status === 503) reply.header('retry-after', '1');
    return reply.status(fault.status).send(toBody(fault));
  });
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send(toBody(faults.noRoute(request.method, request.url.split('?')[0] ?? ''))),
  );
}

export function toBody(fault: ApiFault): ApiError {
  const {code, message, remedy} = fault;
  return {error: {code, message, ...(remedy === undefined ? {} : {remedy})}};
}

function toFault(error: FastifyError | ApiFault, contentType: string): ApiFault {
  if (error instanceof ApiFault) return error;
  if (error.validation) return faults.invalid(`The request is not valid: ${error.message}.`);
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return faults.tooLarge(BODY_LIMIT);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return faults.notJson(contentType);
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new ApiFault('invalid_request', error.statusCode, error.message);
  }
  return faults.internal();
}
