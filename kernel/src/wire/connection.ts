import {readFileSync} from 'node:fs';

/** The connection file that Jupyter writes for a kernel. */
export interface Connection {
  readonly ip: string;
  readonly transport: string;
  readonly key: string;
  readonly shell_port: number;
  readonly control_port: number;
  readonly stdin_port: number;
  readonly iopub_port: number;
  readonly hb_port: number;
}

const PORTS = ['shell_port', 'control_port', 'stdin_port', 'iopub_port', 'hb_port'] as const;

/** @throws Error when the file is not there, is no JSON or lacks a port. */
export function readConnection(file: string): Connection {
  let content: Record<string, unknown>;
  try {
    content = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`Cannot read the connection file ${file}; Jupyter gives its path when it starts a kernel.`, {
      cause,
    });
  }
  const {transport = 'tcp', ip = '127.0.0.1', key = '', signature_scheme: scheme = 'hmac-sha256'} = content;
  const missing = PORTS.find(port => typeof content[port] !== 'number');
  if (missing) {
    throw new Error(`The connection file ${file} has no number "${missing}".`);
  }
  if (scheme !== 'hmac-sha256') {
    throw new Error(`The connection file ${file} asks for signatures by ${String(scheme)}; only hmac-sha256 is known.`);
  }
  return {...content, transport, ip, key} as Connection;
}

export function address({transport, ip}: Connection, port: number): string {
  return transport === 'ipc' ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port}`;
}
