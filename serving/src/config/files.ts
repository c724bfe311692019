import {readFile} from 'node:fs/promises';
import type protobuf from 'protobufjs';
import {messages} from '../codec/proto.js';
import type {TlsFiles} from '../rest/options.js';
import {StatusError, invalidArgument} from '../status/status.js';
import type {PlainServerConfig} from './model-config.js';
import {parseTextFormat} from './text-format.js';

/** The configuration files of TensorFlow Serving, each a message in protobuf text form. */

export const readServerConfig = (file: string): Promise<PlainServerConfig> =>
  readText(messages.ModelServerConfig, file) as Promise<PlainServerConfig>;

/** Where --monitoring_config_file wants the metrics; null when it does not enable them. */
export async function readMonitoringPath(file: string): Promise<string | null> {
  const {prometheus_config: prometheus} = (await readText(messages.MonitoringConfig, file)) as {
    prometheus_config?: {enable?: boolean; path?: string};
  };
  return prometheus?.enable ? prometheus.path || DEFAULT_METRICS_PATH : null;
}

export const DEFAULT_METRICS_PATH = '/monitoring/prometheus/metrics';

/** The certificate of --ssl_config_file, PEM text. */
export async function readTls(file: string): Promise<TlsFiles> {
  const config = (await readText(messages.SSLConfig, file)) as Record<string, string | boolean | undefined>;
  const {server_key: key, server_cert: cert, custom_ca: ca, client_verify: verify} = config;
  if (typeof key !== 'string' || typeof cert !== 'string' || key === '' || cert === '') {
    throw invalidArgument(`${file}: server_key and server_cert must hold the PEM text of a key and its certificate`);
  }
  if (verify && !ca) throw invalidArgument(`${file}: client_verify needs custom_ca, the PEM text of who signs clients`);
  return verify ? {key, cert, clientCa: String(ca)} : {key, cert};
}

function readText(type: protobuf.Type, file: string): Promise<Record<string, unknown>> {
  return readSource(file, source => parseTextFormat(type, source));
}

/** Reads what a configuration file says. @throws StatusError that names the file, when it is not there or makes no sense. */
export async function readSource<T>(file: string, read: (source: string) => T): Promise<T> {
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (error) {
    throw new StatusError('NOT_FOUND', `Cannot read ${file}: ${(error as Error).message}`, {cause: error});
  }
  try {
    return read(source);
  } catch (error) {
    if (error instanceof StatusError) throw invalidArgument(`Invalid protobuf file: '${file}'. ${error.message}`);
    throw error;
  }
}
