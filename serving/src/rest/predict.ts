import type {CancelSignal, SignatureSpec} from '@ingot/tensorflow/session';
import {encodePredictResponse} from '../codec/predict-answer.js';
import {decodePredictRequest} from '../codec/predict-proto.js';
import type {Room} from '../codec/tensor-proto.js';
import type {Deadline} from '../deadline/deadline.js';
import {runPredict} from '../inference/predict.js';
import {logPredict} from '../logging/log-call.js';
import type {RequestLog} from '../logging/request-log.js';
import type {BodyCodec} from '../offload/body-codec.js';
import {findSignature, resolveSignature} from '../inference/signature.js';
import type {ModelManager} from '../lifecycle/manager.js';
import type {Asker, Lease, ModelSpec} from '../lifecycle/servable.js';

export interface PredictOptions {
  readonly requestLog: RequestLog;
  readonly codec: BodyCodec;
}

/** Who asks, and whether somebody still does. */
type Client = Asker & {readonly signal: CancelSignal};

/**
 * Answers a :predict request: body in, body out.
 * @throws StatusError, or whatever the run throws, with the code and text that the client gets.
 */
export async function predict(
  models: Pick<ModelManager, 'acquire'>,
  target: ModelSpec,
  body: Buffer,
  deadline: Deadline,
  {requestLog, codec}: PredictOptions,
  asker: Client,
): Promise<Buffer> {
  let lease: Lease | undefined;
  try {
    // The model is looked up only once the body was found to be JSON: that is the order in which errors are told.
    const acquire = (): Lease => (lease ??= models.acquire(target, asker));
    const reading = codec.readPredict(
      body,
      name => resolveSignature(acquire().servable.loaded.signatures, name),
      () => signaturesIfThere(acquire),
    );
    const request = reading instanceof Promise ? await deadline.within(reading) : reading;
    // A body was parsed, so its signature was looked up, and with it the model.
    const {servable} = lease as Lease;
    const signature = findSignature(servable, request.signatureName).name;
    const options = {deadlineMs: deadline.leftMs, signal: asker.signal, checkSpecs: false};
    const outputs = await servable.loaded.run(signature, request.inputs, options);
    logPredict(requestLog, servable, signature, request.inputs, outputs);
    const answer = codec.writePredict(request.format, outputs);
    return Buffer.isBuffer(answer) ? answer : await answer;
  } finally {
    lease?.release();
  }
}

function signaturesIfThere(acquire: () => Lease): Readonly<Record<string, SignatureSpec>> | null {
  try {
    return acquire().servable.loaded.signatures;
  } catch {
    return null;
  }
}

/**
 * The same with a serialized PredictRequest as the body and a PredictResponse as the answer. The path says which model and
 * version it is; of the request's model_spec only the signature's name counts.
 */
export async function predictProtobuf(
  models: Pick<ModelManager, 'acquire'>,
  target: ModelSpec,
  body: Buffer,
  deadline: Deadline,
  {requestLog}: Pick<PredictOptions, 'requestLog'>,
  asker: Client & {readonly reservation: Room},
): Promise<Buffer> {
  const request = decodePredictRequest(body, asker.reservation);
  const lease = models.acquire(target, asker);
  try {
    const {model: name, version} = lease.servable;
    const options = {deadlineMs: deadline.leftMs, signal: asker.signal};
    const {signatureName, outputs: running} = runPredict(lease.servable, request, options);
    const outputs = await running;
    logPredict(requestLog, lease.servable, signatureName, request.inputs, outputs);
    return encodePredictResponse({name, version, signatureName}, outputs, true);
  } finally {
    lease.release();
  }
}
