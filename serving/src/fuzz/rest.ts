import {Agent, request} from 'node:http';
import {deflateSync, gzipSync} from 'node:zlib';
import {mutatedJson} from './mutate.js';
import {Random} from './random.js';

const METHODS = ['POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'OPTIONS', 'DELETE', 'HEAD', 'PATCH'] as const;
const MODELS = ['saved_model_half_plus_two_cpu', 'mixed', 'identity', 'none', '%00', '..%2f..', '%zz', 'a'.repeat(300)];
const SUFFIXES = [
  ':predict', ':predict', ':predict', ':classify', ':regress', ':PREDICT', '', '/metadata', '/versions/123:predict',
  '/versions/99999999999999999999:predict', '/labels/x:predict', '/versions/-1', '/', '//', '?x=1', '/versions/1/metadata',
]; // prettier-ignore
const TYPES = ['application/json', 'application/x-protobuf', 'text/plain', 'x', ''];
const ENCODINGS = ['', '', '', '', '', 'gzip', 'deflate', 'br'];
/** In front of a body it makes it one that a worker reads. */
const LARGE = Buffer.alloc(1024 * 1024, ' ');

/** What TensorFlow Serving answers with a 501: a dtype that JSON has no form for. */
const NO_JSON_FORM = /"error": "Conversion of JSON Value: .* to type: (half|bfloat16|complex64|complex128)"/;

/** Sends broken requests. @throws Error with the seed and the request that got a wrong answer, or none. */
export async function fuzzRest(url: string, inputs: number, seed: number, parallel = 8): Promise<void> {
  const agent = new Agent({keepAlive: true, maxSockets: parallel});
  let left = inputs;
  const worker = async (random: Random): Promise<void> => {
    while (left-- > 0) await one(url, agent, random, seed);
  };
  try {
    await Promise.all(Array.from({length: parallel}, (_, i) => worker(new Random(seed + i))));
  } finally {
    agent.destroy();
  }
}

async function one(url: string, agent: Agent, random: Random, seed: number): Promise<void> {
  const v2 = random.below(6) === 0;
  const model = random.pick(MODELS);
  const path = v2
    ? `/v2/models/${model}${random.pick(['/infer', '/infer', '/ready', '/config', '', '/x'])}`
    : `/v1/models/${model}${random.pick(SUFFIXES)}`;
  const method = random.pick(METHODS);
  const small = mutatedJson(random);
  const plain = random.below(200) === 0 ? Buffer.concat([LARGE, small]) : small;
  const encoding = random.pick(ENCODINGS);
  const body = random.below(2) === 0 ? encoded(plain, encoding) : plain;
  const headers = {
    'content-type': random.pick(TYPES),
    'content-encoding': encoding,
    ...(v2 && random.below(4) === 0 && {'inference-header-content-length': random.pick(['0', '5', '-1', '1e9', 'x'])}),
  };
  const {status, text} = await ask(url, agent, method, path, headers, body).catch((error: Error) => ({
    status: 0,
    text: error.message,
  }));
  const allowed = (status > 0 && status < 500) || status === 503 || (status === 501 && NO_JSON_FORM.test(text));
  if (!allowed) {
    const sent = `${method} ${path} ${JSON.stringify(headers)} ${JSON.stringify(String(small))}`;
    throw new Error(`seed ${seed}: got ${status} (${text}) for ${sent}`);
  }
}

function encoded(body: Buffer, encoding: string): Buffer {
  if (encoding === 'gzip') return gzipSync(body, {level: 1});
  return encoding === 'deflate' ? deflateSync(body, {level: 1}) : body;
}

function ask(
  url: string,
  agent: Agent,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<{status: number; text: string}> {
  const {hostname, port} = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request(
      {hostname, port, agent, method, path, headers: {...headers, 'content-length': body.length}},
      response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        response.on('end', () => resolve({status: response.statusCode ?? 0, text: String(Buffer.concat(chunks))}));
      },
    );
    sent.setTimeout(60_000, () => sent.destroy(new Error('no answer within 60 s')));
    sent.on('error', reject);
    sent.end(body);
  });
}
