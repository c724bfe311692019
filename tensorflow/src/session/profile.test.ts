import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createGraphSession, recordProfile} from './index.js';
import {writeModels} from './testing/cases.js';

let graphDef: Uint8Array;

beforeAll(async () => {
  const {dir} = await writeModels();
  graphDef = await readFile(join(dir, 'training.pb'));
}, 120_000);

test('a recording holds the ops that ran meanwhile; there is one at a time, and each ends once', async () => {
  const session = createGraphSession(graphDef);
  const recording = recordProfile();
  try {
    expect(() => recordProfile()).toThrow(/profil/i);
    await session.prepare({feeds: [], targets: ['initialize']}).run([]);
  } finally {
    const space = Buffer.from(await recording.end());
    session.dispose();
    expect(space.includes('SessionRun')).toBe(true);
  }
  await expect(async () => recording.end()).rejects.toMatchObject({code: 'FAILED_PRECONDITION'});
  await recordProfile().end();
  expect(() => recordProfile(Buffer.from([0xff]))).toThrow('no ProfileOptions');
});
