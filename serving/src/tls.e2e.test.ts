import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {PYTHON, testModels} from './testing/models.js';
import {startServer} from './testing/server.js';

const run = promisify(execFile);
const script = (name: string): string => fileURLToPath(new URL(`../testing/${name}`, import.meta.url));
const OFFICIAL_CLIENT = script('official_client.py');
const HALF = 'v1/models/saved_model_half_plus_two_cpu';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingot-tls-'));
});

afterEach(() => rm(folder, {recursive: true}));

interface Pair {
  readonly key: string;
  readonly cert: string;
}

/** A key and a certificate for it, signed by `issuer` or by itself. */
async function certificate(name: string, issuer?: Pair): Promise<Pair> {
  const [key, cert] = [join(folder, `${name}-key.pem`), join(folder, `${name}.pem`)];
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const signed = issuer === undefined ? [] : ['-CA', issuer.cert, '-CAkey', issuer.key];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  await run('openssl', [...request, ...names, ...signed]);
  return {key, cert};
}

async function sslConfig({key, cert}: Pair, more = ''): Promise<string> {
  const file = join(folder, 'ssl.txt');
  const [keyText, certText] = [await readFile(key, 'utf8'), await readFile(cert, 'utf8')];
  await writeFile(file, `server_key: ${JSON.stringify(keyText)}\nserver_cert: ${JSON.stringify(certText)}\n${more}`);
  return file;
}

/** curl that trusts the certificate, and waits for the models. */
const tlsCurl = (cert: string): string[] => ['-sS', '--retry', '20', '--retry-delay', '1', '--cacert', cert, '-f'];

test('TLS on both doors with the certificate of --ssl_config_file', async () => {
  const own = await certificate('localhost');
  const secure = await startServer(`--model_root=${await testModels()}`, `--ssl_config_file=${await sslConfig(own)}`);
  try {
    expect(secure.url).toMatch(/^https:/);
    await run('curl', [...tlsCurl(own.cert), `${secure.url}/readyz`]);
    const {stdout} = await run('curl', [...tlsCurl(own.cert), '-d', '{"inputs": 2}', `${secure.url}/${HALF}:predict`]);
    expect(JSON.parse(stdout)).toEqual({outputs: 3});
    expect((await run(PYTHON, [OFFICIAL_CLIENT, secure.grpcAddress, own.cert])).stdout.trim()).toBe('ok');
  } finally {
    await secure.stop('SIGKILL');
  }
}, 180_000);

test('with client_verify both doors take only clients whose certificate custom_ca signed', async () => {
  const [own, authority, stranger] = [await certificate('localhost'), await certificate('ca'), await certificate('x')];
  const client = await certificate('client', authority);
  const ca = `custom_ca: ${JSON.stringify(await readFile(authority.cert, 'utf8'))} client_verify: true`;
  const secure = await startServer(
    `--model_root=${await testModels()}`,
    `--ssl_config_file=${await sslConfig(own, ca)}`,
  );
  const grpc = (shown: Pair | null): Promise<string> =>
    run(PYTHON, [
      script('tls_client.py'),
      secure.grpcAddress,
      own.cert,
      ...(shown ? [shown.key, shown.cert] : []),
    ]).then(({stdout}) => stdout.trim());
  try {
    const shown = ['--key', client.key, '--cert', client.cert];
    await run('curl', [...tlsCurl(own.cert), ...shown, `${secure.url}/readyz`]);
    const plain = ['-sS', '--cacert', own.cert, `${secure.url}/readyz`];
    // Without -f, curl fails only when there is no answer at all.
    await expect(run('curl', plain)).rejects.toMatchObject({stdout: ''});
    const strange = [...plain, '--key', stranger.key, '--cert', stranger.cert];
    await expect(run('curl', strange)).rejects.toMatchObject({stdout: ''});
    expect(await Promise.all([grpc(client), grpc(null), grpc(stranger)])).toEqual([
      'SERVING',
      'UNAVAILABLE',
      'UNAVAILABLE',
    ]);
  } finally {
    await secure.stop('SIGKILL');
  }
}, 180_000);
