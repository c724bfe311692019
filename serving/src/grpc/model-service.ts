import type protobuf from 'protobufjs';
import {servingType} from '../codec/inference-proto.js';
import {decodeModelSpec} from '../codec/predict-proto.js';
import {fieldsOf} from '../codec/wire.js';
import type {PlainServerConfig} from '../config/model-config.js';
import type {ModelManager} from '../lifecycle/manager.js';
import {CODES, StatusError} from '../status/status.js';
import {missingSpec} from './prediction-service.js';
import type {UnaryHandler} from './protocol/handler.js';

export interface Reloading {
  /**
   * Puts a new list of models in force; resolves when all that are new are loaded or have failed.
   * @throws StatusError when the list is refused; nothing has changed then
   */
  reload(config: PlainServerConfig): Promise<void>;
  /** The present value of a counter by TensorFlow Serving's name for it, undefined when there is none. */
  counter(name: string): number | undefined;
}

/** tensorflow.serving.ModelService */
export function modelService(
  models: Pick<ModelManager, 'statuses'>,
  reloading: Reloading,
): Record<string, UnaryHandler> {
  const StatusResponse = servingType('GetModelStatusResponse');
  const ReloadRequest = servingType('ReloadConfigRequest');
  const ReloadResponse = servingType('ReloadConfigResponse');
  return {
    async GetModelStatus(message) {
      const spec = fieldsOf(message, 1).at(-1);
      if (spec === undefined) throw missingSpec();
      const {name, version} = decodeModelSpec(spec);
      const statuses = models.statuses(name, version).map(status => ({
        version: String(status.version),
        state: status.state,
        status: {error_code: status.error?.code ?? 'OK', error_message: status.error?.message ?? ''},
      }));
      return encode(StatusResponse, {model_version_status: statuses});
    },
    async HandleReloadConfigRequest(message) {
      const {config, metric_names: names = []} = decode(ReloadRequest, message) as {
        config?: PlainServerConfig;
        metric_names?: string[];
      };
      const before = names.map(name => reloading.counter(name));
      await reloading.reload(config ?? {});
      const metric = names.flatMap((name, i) => {
        const [start, end] = [before[i], reloading.counter(name)];
        return start === undefined || end === undefined ? [] : [{name, int64_value_increase: String(end - start)}];
      });
      return encode(ReloadResponse, {status: {error_code: CODES.OK, error_message: ''}, metric});
    },
  };
}

function encode(type: protobuf.Type, message: object): Buffer {
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

function decode(type: protobuf.Type, message: Buffer): object {
  try {
    return type.toObject(type.decode(message), {longs: String, oneofs: false});
  } catch (error) {
    throw new StatusError('INVALID_ARGUMENT', `The message is no ${type.name}`, {cause: error});
  }
}
