import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PORTS, readSettings} from '../settings.js';
import {freePort} from '../supervise/ports.js';

export interface OwnEnvironment {
  readonly home: string;
  readonly ports: readonly number[];
  readonly env: Readonly<Record<string, string>>;
}

/** A home of its own, on ports of its own, with what is installed already. */
export async function ownEnvironment(): Promise<OwnEnvironment> {
  const home = mkdtempSync(join(tmpdir(), 'ingot-own-'));
  const installed = readSettings(process.env);
  const ports: number[] = [];
  const env: Record<string, string> = {
    ...(process.env as Record<string, string>),
    INGOT_HOME: home,
    INGOT_PYTHON: installed.python,
    INGOT_NATIVE_DIR: installed.native,
  };
  for (const {setting} of Object.values(PORTS)) {
    const port = await freePort();
    ports.push(port);
    env[setting] = String(port);
  }
  return {home, ports, env};
}
