import type {SignatureSpec, StringBlock} from '@ingot/tensorflow/session';
import {parseExamplesRequest, serializeExamples} from '../codec/json/bodies/examples.js';
import type {BodyFormat} from '../codec/json/bodies/predict-body.js';
import {parsePredictRequest} from '../codec/json/bodies/predict-request.js';
import {writePredictResponse} from '../codec/json/bodies/predict-response.js';
import {parseV2Request, writeV2Response, type V2Answer, type V2Request} from '../codec/json/bodies/v2-body.js';
import {resolveSignature} from '../inference/signature.js';
import type {JobFunctions} from './serve-jobs.js';
import {asBuffer, pack, packStrings, transferable, unpack, type PackedTensors} from './transport.js';

/** What a worker may be asked to do: the parts of answering that take time in proportion to the size of a body. */
export interface Jobs {
  readPredict: {
    /** Null when there is no such model: the body is read all the same, since its errors are told first. */
    ask: {body: Uint8Array; signatures: Readonly<Record<string, SignatureSpec>> | null};
    answer: {format: BodyFormat; signatureName: string; inputs: PackedTensors};
  };
  readExamples: {
    ask: {body: Uint8Array};
    answer: {signatureName: string; examples: StringBlock};
  };
  readV2: {
    ask: {body: Uint8Array; headerBytes: number};
    answer: Omit<V2Request, 'inputs'> & {inputs: PackedTensors};
  };
  writePredict: {
    ask: {format: BodyFormat; outputs: PackedTensors};
    answer: {body: Uint8Array};
  };
  writeV2: {
    ask: {answer: Omit<V2Answer, 'outputs'> & {outputs: PackedTensors}; request: Omit<V2Request, 'inputs'>};
    answer: {body: Uint8Array; headerBytes: number | null};
  };
}

/** @throws StatusError as the functions of the codec */
export const JOBS: JobFunctions<Jobs> = {
  readPredict({body, signatures}) {
    const {format, signatureName, inputs} = parsePredictRequest(asBuffer(body), name =>
      resolveSignature(signatures, name),
    );
    const packed = pack(inputs);
    return {answer: {format, signatureName, inputs: packed}, transfer: transferable(packed)};
  },
  readExamples({body}) {
    const request = parseExamplesRequest(asBuffer(body));
    const examples = packStrings(serializeExamples(request));
    const answer = {signatureName: request.signatureName, examples};
    return {answer, transfer: transferable(examples.bytes, examples.ends)};
  },
  readV2({body, headerBytes}) {
    const {inputs, ...rest} = parseV2Request(asBuffer(body), headerBytes);
    const packed = pack(inputs);
    return {answer: {...rest, inputs: packed}, transfer: transferable(packed)};
  },
  writePredict({format, outputs}) {
    const body = writePredictResponse(format, unpack(outputs));
    return {answer: {body}, transfer: transferable(body)};
  },
  writeV2({answer: {outputs, ...answer}, request}) {
    const written = writeV2Response({...answer, outputs: unpack(outputs)}, request);
    return {answer: written, transfer: transferable(written.body)};
  },
};
