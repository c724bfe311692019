import {invalidArgument} from '../status/status.js';
import {TOKEN_HEADER} from './guard.js';

/** `ingot-serving ctl`: the admin API for people and scripts. */

interface Order {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

interface Command {
  readonly usage: string;
  readonly help: string;
  order(...args: string[]): Order;
}

const of = (name: string, rest = ''): string => `models/${encodeURIComponent(name)}${rest}`;
const optional = (version: string | undefined): object => (version === undefined ? {} : {version});

const COMMANDS: Readonly<Record<string, Command>> = {
  models: {usage: '', help: 'all models', order: () => ({method: 'GET', path: 'models'})},
  model: {usage: 'NAME', help: 'one model', order: name => ({method: 'GET', path: of(name)})},
  pin: {
    usage: 'NAME VERSION',
    help: 'give requests that name no version this one',
    order: (name, version) => ({method: 'PUT', path: of(name, '/pin'), body: {version}}),
  },
  unpin: {usage: 'NAME', help: 'the newest again', order: name => ({method: 'DELETE', path: of(name, '/pin')})},
  weights: {
    usage: 'NAME VERSION=SHARE...',
    help: 'divide requests that name no version',
    order: (name, ...shares) => ({method: 'PUT', path: of(name, '/weights'), body: {weights: parseShares(shares)}}),
  },
  unweigh: {usage: 'NAME', help: 'no weights', order: name => ({method: 'DELETE', path: of(name, '/weights')})},
  shadow: {
    usage: 'NAME VERSION',
    help: 'mirror requests to a version, and compare its answers',
    order: (name, version) => ({method: 'PUT', path: of(name, '/shadow'), body: {version}}),
  },
  unshadow: {usage: 'NAME', help: 'no shadow', order: name => ({method: 'DELETE', path: of(name, '/shadow')})},
  label: {
    usage: 'NAME LABEL VERSION',
    help: 'point a label to a version',
    order: (name, label, version) => ({
      method: 'PUT',
      path: of(name, `/labels/${encodeURIComponent(label)}`),
      body: {version},
    }),
  },
  unlabel: {
    usage: 'NAME LABEL',
    help: 'remove a label',
    order: (name, label) => ({method: 'DELETE', path: of(name, `/labels/${encodeURIComponent(label)}`)}),
  },
  load: {
    usage: 'NAME [VERSION]',
    help: 'take a model into service, or load a version beside the others',
    order: (name, version) => ({method: 'POST', path: of(name, '/load'), body: optional(version)}),
  },
  unload: {
    usage: 'NAME [VERSION]',
    help: 'take a model out of service, or let a version go',
    order: (name, version) => ({method: 'POST', path: of(name, '/unload'), body: optional(version)}),
  },
  rescan: {usage: '', help: 'look for new models and versions', order: () => ({method: 'POST', path: 'rescan'})},
};

function ctlHelp(): string {
  const lines = Object.entries(COMMANDS).map(([name, {usage, help}]) => `  ${`${name} ${usage}`.padEnd(32)}${help}`);
  return `usage: ingot-serving ctl COMMAND

${lines.join('\n')}

INGOT_SERVING_TOKEN holds the token, INGOT_SERVING_ADMIN_URL the address, http://127.0.0.1:8502 unless set.
`;
}

/** @throws StatusError INVALID_ARGUMENT that says how the command is used. */
function orderOf([name = '', ...args]: readonly string[]): Order {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw invalidArgument(`there is no command "${name}"\n${ctlHelp()}`);
  const words = command.usage.split(' ').filter(Boolean);
  const needed = words.filter(word => !word.startsWith('['));
  const most = command.usage.endsWith('...') ? Infinity : words.length;
  if (args.length < needed.length || args.length > most) {
    throw invalidArgument(`usage: ingot-serving ctl ${name} ${command.usage}`);
  }
  return command.order(...args);
}

/** Carries out a command line: the answer on stdout, or what went wrong on stderr and 1 as the exit code. */
export async function runCtl(words: readonly string[]): Promise<void> {
  if (words.length === 0 || words.includes('--help')) {
    process.stdout.write(ctlHelp());
    return;
  }
  try {
    process.stdout.write(await ctl(words, process.env));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

/**
 * Sends an order and returns the answer as text for people.
 * @throws Error with the server's message and remedy, or that it cannot be reached
 */
async function ctl(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const {method, path, body} = orderOf(args);
  const url = (environment['INGOT_SERVING_ADMIN_URL'] ?? 'http://127.0.0.1:8502').replace(/\/+$/, '');
  const headers = {[TOKEN_HEADER]: environment['INGOT_SERVING_TOKEN'] ?? '', 'content-type': 'application/json'};
  const response = await fetch(`${url}/admin/${path}`, {
    method,
    headers,
    ...(method !== 'GET' && {body: JSON.stringify(body ?? {})}),
  }).catch((error: Error) => {
    throw new Error(`${url} does not answer: ${(error.cause as Error | undefined)?.message ?? error.message}`);
  });
  const json = (await response.json()) as {error?: {message: string; remedy?: string}};
  if (json.error !== undefined) throw new Error([json.error.message, json.error.remedy].filter(Boolean).join(' '));
  return `${JSON.stringify(json, null, 2)}\n`;
}

function parseShares(shares: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    shares.map(text => {
      const [, version, share] = /^(-?\d+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
      if (version === undefined) throw invalidArgument(`"${text}" is no VERSION=SHARE, e.g. 3=90`);
      return [version, Number(share)];
    }),
  );
}
