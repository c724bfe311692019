import {mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {queueUrl, readSecrets, readSettings} from './settings.js';

test('the standard ports are the documented ones, and an offset moves all of them', () => {
  expect(readSettings({}, '/checkout').ports).toEqual({
    jupyter: 8888,
    deployer: 8600,
    rest: 8501,
    grpc: 8500,
    control: 8502,
    tensorboard: 6006,
    pages: 3001,
    queue: 6390,
  });
  const moved = readSettings({INGOT_PORT_OFFSET: '1000', INGOT_REST_PORT: '7000'}, '/checkout').ports;
  expect(moved).toMatchObject({jupyter: 9888, deployer: 9600, rest: 7000, queue: 7390});
});

test.each([
  [{INGOT_REST_PORT: '85x1'}, 'INGOT_REST_PORT is "85x1"'],
  [{INGOT_REST_PORT: '70000'}, 'from 1 to 65535'],
  [{INGOT_REST_PORT: '8500'}, 'are both 8500'],
  [{INGOT_DEVICE: 'tpu'}, 'it must be auto, cpu or gpu'],
])('a wrong setting is named with its value: %j', (env, text) => {
  expect(() => readSettings(env, '/checkout')).toThrow(text);
});

test('everything is kept in .ingot unless a setting says otherwise', () => {
  const settings = readSettings({INGOT_MODELS_DIR: '/volume/models'}, '/checkout');
  expect(settings).toMatchObject({
    home: '/checkout/.ingot',
    models: '/volume/models',
    staging: '/checkout/.ingot/staging',
    python: '/checkout/.ingot/python/bin/python',
  });
});

test('secrets are made once, differ, and only their owner can read them', () => {
  const home = mkdtempSync(join(tmpdir(), 'ingot-settings-'));
  try {
    const made = readSecrets(home, {});
    expect(readSecrets(home, {})).toEqual(made);
    expect(new Set(Object.values(made)).size).toBe(4);
    expect(statSync(join(home, 'secrets.json')).mode & 0o077).toBe(0);
    expect(queueUrl(readSettings({}, '/checkout'), made)).toContain(made.queuePassword);
    expect(readSecrets(home, {INGOT_DEPLOYER_TOKEN: 'given'}).deployerToken).toBe('given');

    // A home of before there was this secret gets it, and keeps the others.
    const {servingToken, ...older} = made;
    writeFileSync(join(home, 'secrets.json'), JSON.stringify(older));
    const completed = readSecrets(home, {});
    expect(completed).toMatchObject(older);
    expect(completed.servingToken).not.toBe(servingToken);
    expect(readSecrets(home, {})).toEqual(completed);
  } finally {
    rmSync(home, {recursive: true});
  }
});
