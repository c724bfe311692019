import {installKernelspec} from 'ingot/install';
import {dirname, join} from 'node:path';
import {buildAndInstallExtension} from '../jupyter/index.js';
import type {Settings} from '../settings.js';
import {ProgramError, runProgram} from '../terminal/run-program.js';
import type {Steps} from '../terminal/steps.js';
import {chooseTensorFlow} from './device.js';
import {installPython, isInstalled} from './python.js';

/**
 * Puts everything into the checkout that the platform needs and that npm does not bring. Quick when nothing changed.
 * @param tensorflow which of its builds; what this machine and INGOT_DEVICE ask for when not given.
 * @throws Error naming what is missing and the command that installs it.
 */
export async function install(settings: Settings, steps: Steps, tensorflow?: 'cpu' | 'gpu'): Promise<void> {
  const {root, python} = settings;
  const folder = join(root, 'scripts', 'python');
  const filesOf = (kind: string): string[] => [join(folder, `tensorflow-${kind}.lock.txt`)];
  // One with CUDA computes on processors, too: gigabytes do not come and go with INGOT_DEVICE.
  const hasCuda = await isInstalled({python, set: 'platform', files: filesOf('gpu')});
  const kind = tensorflow ?? (hasCuda ? 'gpu' : await chooseTensorFlow(settings.device));
  await steps.step('Python environment: JupyterLab, TensorBoard, TensorFlow', async detail => {
    await installPython({
      python,
      set: 'platform',
      files: filesOf(kind),
      oneOf: {names: ['tensorflow', 'tensorflow-cpu'], not: kind === 'gpu' ? 'tensorflow-cpu' : 'tensorflow'},
      detail,
    });
    await installPython({python, set: 'queue', files: [join(folder, 'queue.txt')], alone: true, detail});
  });
  const library = await steps.step('Native library', detail => buildLibrary(settings, detail));
  steps.line(`    ${library}`);
  await steps.step('TypeScript kernel', async () => installKernelspec({prefix: dirname(dirname(python))}));
  await steps.step('JupyterLab extension', detail => buildAndInstallExtension({python, log: detail}));
}

/**
 * Builds the native library and asks it what it runs on, in a process of its own: a GPU is taken only by who uses it.
 * @returns e.g. "TensorFlow 2.21.0 from ..., on CPU".
 */
async function buildLibrary({root, native, python, device}: Settings, detail: (text: string) => void): Promise<string> {
  const env = {
    TF_CPP_MIN_LOG_LEVEL: '3',
    ...process.env,
    INGOT_PYTHON: python,
    INGOT_NATIVE_DIR: native,
    INGOT_DEVICE: device,
  };
  const program = join(root, 'tensorflow/lib/native/main.js');
  try {
    // The rest of what it prints is TensorFlow's own log, and the sentence that is shown when it is done.
    const onLine = (line: string) => (/^Compil(ing|ed) /.test(line) ? detail(line) : undefined);
    const output = await runProgram(process.execPath, [program], {env, onLine});
    return output.trim().split('\n').at(-1) ?? '';
  } catch (error) {
    // What the program says on its way out is written for the person at the terminal.
    throw error instanceof ProgramError && error.output !== ''
      ? new Error(env.TF_CPP_MIN_LOG_LEVEL === '3' ? withoutLog(error.output) : error.output, {cause: error})
      : error;
  }
}

/** Without the lines of TensorFlow's own log. */
function withoutLog(output: string): string {
  const lines = output.trim().split('\n');
  return lines.filter(line => !/^(WARNING: All log messages|[IWEF]\d{4} [\d:.]+ )/.test(line)).join('\n') || output;
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
