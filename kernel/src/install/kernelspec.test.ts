import {afterEach, beforeEach, expect, test} from '@jest/globals';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {installKernelspec} from './kernelspec.js';

let prefix: string;

beforeEach(() => {
  prefix = mkdtempSync(path.join(os.tmpdir(), 'ingot-install-'));
});

afterEach(() => rmSync(prefix, {recursive: true, force: true}));

test('the kernelspec names a kernel that exists, and leaves nothing else behind', () => {
  const folder = installKernelspec({prefix, node: '/opt/node', env: {INGOT_HOME: '/data'}});
  expect(folder).toBe(path.join(prefix, 'share/jupyter/kernels/ingot'));
  expect(readdirSync(folder)).toEqual(['kernel.json']);
  const spec = JSON.parse(readFileSync(path.join(folder, 'kernel.json'), 'utf8')) as Record<string, unknown>;
  expect(spec).toMatchObject({
    display_name: 'TypeScript (Ingot)',
    language: 'typescript',
    interrupt_mode: 'message',
    env: {INGOT_HOME: '/data'},
  });
  const [node, , main, connection] = spec['argv'] as string[];
  expect([node, connection]).toEqual(['/opt/node', '{connection_file}']);
  expect(existsSync(String(main))).toBe(true);
});

test('installing again replaces the old one and touches no other kernel', () => {
  const other = path.join(prefix, 'share/jupyter/kernels/python3');
  mkdirSync(other, {recursive: true});
  writeFileSync(path.join(other, 'kernel.json'), '{}');
  installKernelspec({prefix, node: '/old'});
  const folder = installKernelspec({prefix, node: '/new'});
  expect(readFileSync(path.join(folder, 'kernel.json'), 'utf8')).toContain('/new');
  expect(readFileSync(path.join(other, 'kernel.json'), 'utf8')).toBe('{}');
});

test('without a place to install into it says what is missing', () => {
  expect(() => installKernelspec({})).toThrow(/needs the folder of kernels/);
});
