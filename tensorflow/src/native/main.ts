#!/usr/bin/env node
/** `node tensorflow/lib/native/main.js`: builds the native library and says which device it uses. */
import {join} from 'node:path';
import {addon} from './addon.js';
import {buildNative} from './build.js';
import {deviceInUse} from './device.js';
import {NativeBuildError} from './error.js';
import {deviceChoice} from './gpu.js';

const home = process.env['INGOT_HOME'] ?? new URL('../../../.ingot', import.meta.url).pathname;
try {
  const build = await buildNative({
    python: process.env['INGOT_PYTHON'] ?? join(home, 'python/bin/python'),
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
