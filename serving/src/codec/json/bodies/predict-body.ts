import type {HostTensor, SignatureSpec} from '@ingot/tensorflow/session';

/** How a request lays out its tensors: `instances`, a list of rows, or `inputs`, whole tensors. */
export type BodyFormat = 'row' | 'columnar';

export interface PredictBody {
  readonly format: BodyFormat;
  /** "" when the request names none. */
  readonly signatureName: string;
  readonly inputs: Record<string, HostTensor>;
}

/** Finds the signature of the model that was asked for. @throws StatusError when model, version or signature is not there. */
export type Resolve = (signatureName: string) => SignatureSpec;
