import {deployment, english} from '../testing/fakes.js';
import {DeployerClient} from './client.js';

function clientFor(answer: Response | Error): {client: DeployerClient; sent: [string, RequestInit][]} {
  const sent: [string, RequestInit][] = [];
  const client = new DeployerClient(async (path, init) => {
    sent.push([path, init]);
    if (answer instanceof Error) throw answer;
    return answer;
  }, english);
  return {client, sent};
}

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), {status});

it('sends the header that no foreign page can send, and JSON', async () => {
  const {client, sent} = clientFor(json(deployment('queued'), 202));
  await client.deploy({model: 'gold', staged: 'gold-1'});
  const [path, init] = sent[0] ?? [];
  expect(path).toBe('api/deployments');
  expect(init).toMatchObject({method: 'POST', body: '{"model":"gold","staged":"gold-1"}'});
  expect(init?.headers).toEqual({'Content-Type': 'application/json', 'x-ingot-client': 'jupyterlab'});
});

it("passes the deployer's own words and remedy on", async () => {
  const error = {code: 'no_such_model', message: 'No staged model "x".', remedy: 'Deploy from the notebook.'};
  const {client} = clientFor(json({error}, 404));
  await expect(client.deploy({model: 'x', staged: 'x'})).rejects.toMatchObject(error);
});

it.each([
  [
    'a deployer that is down, as the proxy tells it',
    new Response('<html>500</html>', {status: 500}),
    'does not answer',
  ],
  ['a login that has run out', new Response('', {status: 403}), 'not logged in'],
  ['a Jupyter server that is gone', new TypeError('Failed to fetch'), 'Jupyter server cannot be reached'],
])('says what to do about %s', async (_, answer, words) => {
  const {client} = clientFor(answer);
  await expect(client.models()).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(words) as string,
    remedy: expect.stringMatching(/npm start|Log in/) as string,
  });
});

it.each([
  ['no JSON', new Response('<html>'), 'not JSON'],
  ['a state that nobody knows', json({...deployment('live'), state: 'gone'}), '/state'],
  ['a missing field', json({id: 'd1'}), 'model'],
])('refuses an answer with %s', async (_, answer, words) => {
  const {client} = clientFor(answer);
  await expect(client.deployment('d1')).rejects.toMatchObject({
    code: 'bad_answer',
    message: expect.stringContaining(words) as string,
  });
});

it('does not let an id leave its place in the path', async () => {
  const {client, sent} = clientFor(json(deployment('live')));
  await client.deployment('../models?x');
  expect(sent[0]?.[0]).toBe('api/deployments/..%2Fmodels%3Fx');
});
