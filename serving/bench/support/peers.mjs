import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {dirname, join} from 'node:path';
import {HOME, instances, PYTHON, SHAPES} from './models.mjs';
import {output, serve} from './process.mjs';

const TENSORFLOW = 'tensorflow-cpu==2.21.*';
const PACKAGES = {
  fastapi: [TENSORFLOW, 'fastapi', 'uvicorn[standard]', 'orjson'],
  triton: [TENSORFLOW, 'nvidia-pytriton'],
  mlserver: [TENSORFLOW, 'mlserver'],
};
const HERE = join(import.meta.dirname, '../peers');
const MAIN = join(import.meta.dirname, '../../lib/main.js');
/** As its first line says. */
const NODE_FLAGS = ['--min-semi-space-size=16'];

/** The Python of a peer's environment, which is made at the first call. PyTriton wants the distribution's own Python. */
export async function peerPython(peer) {
  const folder = join(HOME, 'bench-peers', peer);
  const python = join(folder, 'bin/python');
  if (existsSync(python)) return python;
  const uv = join(dirname(PYTHON), 'uv');
  await output(uv, ['venv', '--python', peer === 'triton' ? '/usr/bin/python3' : PYTHON, folder]);
  await output(uv, ['pip', 'install', '--python', python, ...PACKAGES[peer]]);
  return python;
}

/** @param main what of a build of the server is run */
export async function ingot(root, flags, main = MAIN) {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const args = [...NODE_FLAGS, main, `--model_root=${root}`, `--rest_api_port=${port}`, `--port=${grpcPort}`];
  const server = await serve(
    process.execPath,
    [...args, ...flags.split(' ').filter(Boolean)],
    `http://127.0.0.1:${port}/readyz`,
  );
  return {...server, ...ourApi(port), grpcPort};
}

/** Starts a server with the models of a folder: how to ask it, what it costs, how to end it. */
export const PEERS = {
  ingot,
  /** The same with models inside the server's process. */
  inside: (root, flags) => ingot(root, `--engine_process=false ${flags}`),
  async fastapi(root) {
    const port = await freePort();
    const args = [join(HERE, 'fastapi_server.py'), root, port];
    const server = await serve(await peerPython('fastapi'), args, `http://127.0.0.1:${port}/docs`);
    return {...server, ...ourApi(port)};
  },
  async triton(root) {
    const port = await freePort();
    const args = [join(HERE, 'triton_server.py'), root, port];
    const server = await serve(await peerPython('triton'), args, `http://127.0.0.1:${port}/v2/models/gold/ready`);
    return {...server, ...v2Api(port)};
  },
  async mlserver(root) {
    const port = await freePort();
    const [grpc, metrics] = [await freePort(), await freePort()];
    const folder = join(HOME, 'bench-peers/mlserver-settings');
    for (const name of Object.keys(SHAPES)) {
      mkdirSync(join(folder, name), {recursive: true});
      const parameters = {uri: join(root, name, '1')};
      const batching = {max_batch_size: 64, max_batch_time: 0.001};
      const settings = {name, implementation: 'mlserver_model.Model', parameters, ...batching};
      writeFileSync(join(folder, name, 'model-settings.json'), JSON.stringify(settings));
    }
    const settings = {host: '127.0.0.1', http_port: port, grpc_port: grpc, metrics_port: metrics, parallel_workers: 0};
    writeFileSync(join(folder, 'settings.json'), JSON.stringify({...settings, debug: false}));
    const args = ['-m', 'mlserver.cli.main', 'start', folder];
    const options = {env: {PYTHONPATH: HERE}};
    const server = await serve(
      await peerPython('mlserver'),
      args,
      `http://127.0.0.1:${port}/v2/models/gold/ready`,
      options,
    );
    return {...server, ...v2Api(port)};
  },
};

const ourApi = port => ({
  url: model => `http://127.0.0.1:${port}/v1/models/${model}:predict`,
  body: (model, batch) => JSON.stringify({instances: instances(model, batch)}),
  /** The same instance so often, for bodies that are too large to be made value by value. */
  repeat: (model, batch) =>
    `{"instances":[${`${JSON.stringify(instances(model, 1)[0])},`.repeat(batch).slice(0, -1)}]}`,
});
const v2Api = port => ({
  url: model => `http://127.0.0.1:${port}/v2/models/${model}/infer`,
  body: (model, batch) => {
    const data = instances(model, batch).flat(Infinity);
    return JSON.stringify({inputs: [{name: 'x', shape: [batch, ...SHAPES[model]], datatype: 'FP32', data}]});
  },
});

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}
