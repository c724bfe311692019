import {listOf, type HostTensor, type SignatureSpec} from '@ingot/tensorflow/session';
import {parseExamplesRequest, serializeExamples} from '../codec/json/bodies/examples.js';
import type {BodyFormat, PredictBody, Resolve} from '../codec/json/bodies/predict-body.js';
import {parsePredictRequest} from '../codec/json/bodies/predict-request.js';
import {writePredictResponse} from '../codec/json/bodies/predict-response.js';
import {parseV2Request, writeV2Response, type V2Answer, type V2Request} from '../codec/json/bodies/v2-body.js';
import type {WorkerPool} from './pool.js';
import {asBuffer, pack, transferable, unpack, type Tensors} from './transport.js';

/** From here on a body is read or written by a worker: below, the way there and back takes longer than the work. */
const LARGE_BYTES = 1024 * 1024;

/** The signatures of the model that a body is for; null when there is none, which `resolve` then tells. */
export type Signatures = () => Readonly<Record<string, SignatureSpec>> | null;

interface Examples {
  readonly signatureName: string;
  readonly examples: readonly Uint8Array[];
}

/** Reads and writes JSON bodies: small ones at once, large ones beside the event loop, so that no client holds up the others. */
export class BodyCodec {
  constructor(private readonly pool: WorkerPool) {}

  /** @throws StatusError as `parsePredictRequest` */
  readPredict(body: Buffer, resolve: Resolve, signatures: Signatures): PredictBody | Promise<PredictBody> {
    return body.length < LARGE_BYTES
      ? parsePredictRequest(body, resolve)
      : this.readLargePredict(body, resolve, signatures);
  }

  /** @returns serialized tf.Example protos @throws StatusError as `parseExamplesRequest` */
  readExamples(body: Buffer): Examples | Promise<Examples> {
    if (body.length >= LARGE_BYTES) return this.readLargeExamples(body);
    const request = parseExamplesRequest(body);
    return {signatureName: request.signatureName, examples: serializeExamples(request)};
  }

  /** @throws StatusError as `parseV2Request` */
  readV2(body: Buffer, headerBytes: number): V2Request | Promise<V2Request> {
    return headerBytes < LARGE_BYTES ? parseV2Request(body, headerBytes) : this.readLargeV2(body, headerBytes);
  }

  /** @throws StatusError as `writePredictResponse` */
  writePredict(format: BodyFormat, outputs: Tensors): Buffer | Promise<Buffer> {
    return sizeOf(outputs) < LARGE_BYTES
      ? writePredictResponse(format, outputs)
      : this.writeLargePredict(format, outputs);
  }

  /** @throws StatusError as `writeV2Response` */
  async writeV2(answer: V2Answer, request: V2Request): Promise<{body: Buffer; headerBytes: number | null}> {
    if (sizeOf(answer.outputs) < LARGE_BYTES) return writeV2Response(answer, request);
    const {inputs: _, ...rest} = request;
    const ask = {answer: {...answer, outputs: pack(answer.outputs)}, request: rest};
    const {body, headerBytes} = await this.pool.run('writeV2', ask);
    return {body: asBuffer(body), headerBytes};
  }

  private async readLargePredict(body: Buffer, resolve: Resolve, signatures: Signatures): Promise<PredictBody> {
    const known = signatures();
    try {
      const read = await this.pool.run('readPredict', {body, signatures: known}, transferable(body));
      return {...read, inputs: unpack(read.inputs)};
    } catch (error) {
      // The body is JSON, as far as that was looked at: now is the time to say that there is no such model.
      if (known === null && (error as {code?: unknown}).code === 'NOT_FOUND') resolve('');
      throw error;
    }
  }

  private async readLargeExamples(body: Buffer): Promise<Examples> {
    const {signatureName, examples} = await this.pool.run('readExamples', {body}, transferable(body));
    return {signatureName, examples: listOf(examples)};
  }

  private async readLargeV2(body: Buffer, headerBytes: number): Promise<V2Request> {
    const {inputs, ...rest} = await this.pool.run('readV2', {body, headerBytes}, transferable(body));
    return {...rest, inputs: unpack(inputs)};
  }

  private async writeLargePredict(format: BodyFormat, outputs: Tensors): Promise<Buffer> {
    const {body} = await this.pool.run('writePredict', {format, outputs: pack(outputs)});
    return asBuffer(body);
  }
}

/** Bytes of numbers; of strings, what looking at each costs beside them. */
function sizeOf(outputs: Tensors): number {
  return Object.values(outputs).reduce((sum, {data}) => sum + bytesOf(data), 0);
}

function bytesOf(data: HostTensor['data']): number {
  return 'byteLength' in data ? data.byteLength : data.length * 32;
}
