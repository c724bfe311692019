import {copyFile, mkdtemp, rm, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {writeModels} from '../session/testing/cases.js';
import {listOps} from './read-ops.js';

test('the ops of the graph and of its functions are listed, calls of functions are not ops', async () => {
  const models = await writeModels();
  const {ops, functions} = await listOps(join(models.dir, 'tf2'));
  // StringUpper and LookupTableFindV2 are inside functions, RestoreV2 in the graph of the checkpoint.
  expect(ops).toEqual(
    expect.arrayContaining(['LookupTableFindV2', 'MatMul', 'RestoreV2', 'StringUpper', 'VarHandleOp']),
  );
  expect(ops.filter(op => op.startsWith('__inference'))).toEqual([]);
  expect(functions.some(name => name.startsWith('__inference_inner'))).toBe(true);
  expect((await listOps(join(models.dir, 'tf1'))).ops).toContain('LookupTableFindV2');

  const dir = await mkdtemp(join(tmpdir(), 'ingot-ops-'));
  await copyFile(join(models.dir, 'tf2/saved_model.pb'), join(dir, 'saved_model.pb'));
  await truncate(join(dir, 'saved_model.pb'), 5000);
  await expect(listOps(dir)).rejects.toThrow(/cut off|out of range/);
  await rm(dir, {recursive: true});
}, 120_000);

test('what is no SavedModel is an error', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ingot-ops-'));
  await expect(listOps(dir)).rejects.toThrow('ENOENT');
  await writeFile(join(dir, 'saved_model.pb'), 'plain text is no protobuf');
  await expect(listOps(dir)).rejects.toThrow();
  await rm(dir, {recursive: true});
});
