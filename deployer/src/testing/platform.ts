import {spawn, type ChildProcess} from 'node:child_process';
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import type {DeployedModel, Deployment} from '../deployment.js';
import type {EmbeddedQueue} from '../queue/embedded.js';
import {CHECKOUT, freePort, startTestQueue, temporaryFolder, until} from './fixtures.js';

const TOKEN = 'a-token-of-the-tests';

/** The deployer's API and workers, the model server and the queue, as processes of their own, in a temporary folder. */
export class TestPlatform {
  private constructor(
    readonly folder: string,
    readonly env: Readonly<Record<string, string>>,
    private readonly queue: EmbeddedQueue,
    private readonly removeFolder: () => Promise<void>,
    private readonly children = new Set<ChildProcess>(),
  ) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<TestPlatform> {
    const folder = await temporaryFolder();
    const queue = await startTestQueue(folder.path);
    const env = {
      PATH: process.env['PATH'] ?? '',
      INGOT_MODELS_DIR: path.join(folder.path, 'models'),
      INGOT_STAGING_DIR: path.join(folder.path, 'staging'),
      INGOT_AUDIT_DIR: path.join(folder.path, 'audit'),
      INGOT_REDIS_URL: queue.url,
      INGOT_DEPLOYER_TOKEN: TOKEN,
      INGOT_DEPLOYER_PORT: String(await freePort()),
      INGOT_REST_PORT: String(await freePort()),
      INGOT_GRPC_PORT: String(await freePort()),
      INGOT_SERVING_ADMIN_PORT: String(await freePort()),
      INGOT_SERVING_TOKEN: TOKEN,
      INGOT_LOAD_TIMEOUT_MS: '30000',
      ...settings,
    };
    await mkdir(env.INGOT_MODELS_DIR);
    await mkdir(env.INGOT_STAGING_DIR);
    const platform = new TestPlatform(folder.path, env, queue, folder.remove);
    await platform.startApi();
    return platform;
  }

  get modelsDir(): string {
    return path.join(this.folder, 'models');
  }

  get stagingDir(): string {
    return path.join(this.folder, 'staging');
  }

  get restUrl(): string {
    return `http://127.0.0.1:${this.env['INGOT_REST_PORT']}`;
  }

  async startApi(): Promise<ChildProcess> {
    const api = this.spawn('deployer/lib/main.js', ['api']);
    await until('the API answers', async () => (await this.call('GET', '/healthz').catch(() => null))?.ok);
    return api;
  }

  async startServing(): Promise<ChildProcess> {
    const serving = this.spawn('serving/lib/main.js', [
      `--model_root=${this.modelsDir}`,
      `--rest_api_port=${this.env['INGOT_REST_PORT']}`,
      `--port=${this.env['INGOT_GRPC_PORT']}`,
      `--admin_port=${this.env['INGOT_SERVING_ADMIN_PORT']}`,
      `--state_dir=${path.join(this.folder, 'serving')}`,
    ]);
    await until('serving answers', async () => (await fetch(`${this.restUrl}/livez`).catch(() => null))?.ok);
    return serving;
  }

  startWorker(env: Readonly<Record<string, string>> = {}): ChildProcess {
    return this.spawn('deployer/lib/main.js', ['worker'], env);
  }

  async call(method: string, url: string, body?: unknown): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.env['INGOT_DEPLOYER_PORT']}${url}`, {
      method,
      headers: {'x-ingot-token': TOKEN, 'x-ingot-client': 'test', 'content-type': 'application/json'},
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    });
  }

  async deploy(model: string, staged: string): Promise<Deployment> {
    const answer = await this.call('POST', '/api/deployments', {
      model,
      staged,
      notebook: 'gold.ipynb',
      requestedBy: 'ann',
    });
    if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Deployment;
  }

  /** Asks for a published version to be the live one. */
  async goTo(model: string, version: number): Promise<Deployment> {
    const answer = await this.call('POST', `/api/models/${model}/live`, {version, requestedBy: 'bob'});
    if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Deployment;
  }

  async model(name: string): Promise<DeployedModel | undefined> {
    const models = (await (await this.call('GET', '/api/models')).json()) as DeployedModel[];
    return models.find(model => model.name === name);
  }

  async deployment(id: string): Promise<Deployment> {
    return (await (await this.call('GET', `/api/deployments/${id}`)).json()) as Deployment;
  }

  /** Waits until the deployment is live or failed. */
  async settled(id: string, limitMs = 50_000): Promise<Deployment> {
    return until(
      `${id} is settled`,
      async () => {
        const deployment = await this.deployment(id);
        return deployment.state === 'live' || deployment.state === 'failed' ? deployment : null;
      },
      limitMs,
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.children].map(child => end(child, 'SIGKILL')));
    await this.queue.stop();
    await this.removeFolder();
  }

  private spawn(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const stdio = process.env['INGOT_TEST_OUTPUT'] ? 'inherit' : 'ignore';
    const child = spawn(process.execPath, [path.join(CHECKOUT, script), ...args], {env: {...this.env, ...env}, stdio});
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
    return child;
  }
}

/** Ends a process and waits for it. @returns its exit code, or null when a signal ended it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = ending(child);
  child.kill(signal);
  return ended;
}

export function ending(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => child.once('exit', code => resolve(code)));
}
