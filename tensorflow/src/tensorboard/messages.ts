import protobuf from 'protobufjs';
import {fileURLToPath} from 'node:url';

const root = new protobuf.Root().loadSync(fileURLToPath(new URL('../../proto/tensorboard.proto', import.meta.url)));

export interface TensorProto {
  readonly dtype: number;
  readonly tensorShape: {readonly dim: readonly {readonly size: number}[]};
  readonly tensorContent?: Uint8Array;
  readonly floatVal?: readonly number[];
  readonly stringVal?: readonly Uint8Array[];
}

/** One value of a summary: what a dashboard of TensorBoard shows under a tag. */
export interface SummaryValue {
  readonly tag: string;
  readonly tensor: TensorProto;
  readonly metadata: {
    readonly pluginData: {readonly pluginName: string; readonly content?: Uint8Array};
    readonly summaryDescription?: string;
    readonly dataClass: number;
  };
}

export type Event = {readonly wallTime: number; readonly step?: number} & (
  | {readonly fileVersion: string}
  | {readonly graphDef: Uint8Array}
  | {readonly summary: {readonly value: readonly SummaryValue[]}}
);

export const DATA_CLASS = {scalar: 1, tensor: 2, blobSequence: 3} as const;

const encoder =
  <T extends object>(name: string) =>
  (message: T): Uint8Array =>
    root.lookupType(`ingot.tensorboard.${name}`).encode(message).finish();

export const encodeEvent = encoder<Event>('Event');
export const encodePrCurvePlugin = encoder<{numThresholds: number}>('PrCurvePluginData');
export const encodeHParamsPlugin = encoder<object>('HParamsPluginData');
