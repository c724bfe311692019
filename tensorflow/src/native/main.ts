#!/usr/bin/env node
/**
 * Builds the native library and says which device it uses: `node tensorflow/lib/native/main.js` in a checkout of Ingot,
 * `npx ingot-tensorflow-build` where the package is installed. INGOT_PYTHON names a Python that has TensorFlow.
 */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {addon, IS_INSTALLED} from './addon.js';
import {buildNative} from './build.js';
import {deviceInUse} from './device.js';
import {NativeBuildError} from './error.js';
import {deviceChoice} from './gpu.js';

const beside = IS_INSTALLED ? 'node_modules/.cache/ingot' : new URL('../../../.ingot', import.meta.url).pathname;
const home = process.env['INGOT_HOME'] ?? beside;
const own = join(home, 'python/bin/python');
try {
  const build = await buildNative({
    python: process.env['INGOT_PYTHON'] ?? (IS_INSTALLED && !existsSync(own) ? 'python3' : own),
    cacheDir: process.env['INGOT_NATIVE_DIR'] ?? join(home, 'native'),
    device: deviceChoice(process.env['INGOT_DEVICE']),
    log: line => console.log(line),
  });
  console.log(`TensorFlow ${addon().version()} from ${build.tensorflow.dir}, on ${deviceInUse().name}`);
} catch (error) {
  if (!(error instanceof NativeBuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
