import {buildNative} from '@ingot/tensorflow/native/build';
import {installKernelspec} from 'ingot/install';
import {dirname, join} from 'node:path';
import {buildAndInstallExtension} from '../jupyter/index.js';
import type {Settings} from '../settings.js';
import {runProgram} from '../terminal/run-program.js';
import type {Steps} from '../terminal/steps.js';
import {chooseTensorFlow} from './device.js';
import {installPython} from './python.js';

/**
 * Puts everything into the checkout that the platform needs and that npm does not bring. Quick when nothing changed.
 * @param tensorflow which of its builds; what this machine and INGOT_DEVICE ask for when not given.
 * @throws Error naming what is missing and the command that installs it.
 */
export async function install(settings: Settings, steps: Steps, tensorflow?: 'cpu' | 'gpu'): Promise<void> {
  const {root, native, python} = settings;
  const kind = tensorflow ?? (await chooseTensorFlow(settings.device));
  const folder = join(root, 'scripts', 'python');
  await steps.step('Python environment: JupyterLab, TensorBoard, TensorFlow', async detail => {
    await installPython({python, set: 'platform', files: [join(folder, `tensorflow-${kind}.lock.txt`)], detail});
    await installPython({python, set: 'queue', files: [join(folder, 'queue.txt')], alone: true, detail});
  });
  await steps.step('Native library', detail =>
    buildNative({python, cacheDir: native, log: detail, device: settings.device}),
  );
  steps.line(`    ${await describeLibrary(settings)}`);
  await steps.step('TypeScript kernel', async () => installKernelspec({prefix: dirname(dirname(python))}));
  await steps.step('JupyterLab extension', detail => buildAndInstallExtension({python, log: detail}));
}

/** "TensorFlow 2.21.0 from ..., on CPU", asked of the library in a process of its own: a GPU is taken only by who uses it. */
async function describeLibrary({root, native, python, device}: Settings): Promise<string> {
  const env = {
    TF_CPP_MIN_LOG_LEVEL: '3',
    ...process.env,
    INGOT_PYTHON: python,
    INGOT_NATIVE_DIR: native,
    INGOT_DEVICE: device,
  };
  const output = await runProgram(process.execPath, [join(root, 'tensorflow/lib/native/main.js')], {env});
  return output.trim().split('\n').at(-1) ?? '';
}

/** What only the tests need. */
export async function installForTests(settings: Settings, steps: Steps): Promise<void> {
  const folder = join(settings.root, 'scripts', 'python');
  await steps.step('Python packages of the tests', async detail => {
    await installPython({python: settings.python, set: 'test', files: [join(folder, 'test.txt')], detail});
    await installPython({
      python: settings.python,
      set: 'test-clients',
      files: [join(folder, 'test-no-dependencies.txt')],
      alone: true,
      detail,
    });
  });
}
