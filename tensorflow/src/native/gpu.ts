import {existsSync} from 'node:fs';
import {NativeBuildError} from './error.js';
import type {Wheel} from './wheel.js';

export type DeviceChoice = 'auto' | 'cpu' | 'gpu';

/** @throws NativeBuildError when `value` is none of the three. */
export function deviceChoice(value: string | undefined): DeviceChoice {
  if (value === undefined || value === '' || value === 'auto') return 'auto';
  if (value === 'cpu' || value === 'gpu') return value;
  throw new NativeBuildError(`The device (INGOT_DEVICE) is ${JSON.stringify(value)}; it can be auto, cpu or gpu.`);
}

/** Whether the driver of an NVIDIA GPU is loaded, or a WSL machine passes one on. */
export function hasGpuDriver(): boolean {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl') || existsSync('/dev/dxg');
}

/** Whether what is computed on this machine may be computed by a GPU, as far as that is known without TensorFlow. */
export function mayUseGpu(): boolean {
  return deviceChoice(process.env['INGOT_DEVICE']) !== 'cpu' && hasGpuDriver();
}

/**
 * What to build for, from what is wanted, the wheel and the machine.
 * @throws NativeBuildError for `gpu` without a driver or with a wheel that has no CUDA.
 */
export function chooseBuildDevice(choice: DeviceChoice, wheel: Wheel, driver = hasGpuDriver()): 'cpu' | 'gpu' {
  if (choice === 'cpu') return 'cpu';
  if (driver && wheel.cuda) return 'gpu';
  if (choice === 'auto') return 'cpu';
  throw new NativeBuildError(
    driver
      ? `INGOT_DEVICE=gpu, but TensorFlow ${wheel.version} in ${wheel.dir} is the build without CUDA. ` +
          "Install the other: pip uninstall tensorflow-cpu; pip install 'tensorflow[and-cuda]'"
      : 'INGOT_DEVICE=gpu, but this machine has no NVIDIA driver (no /dev/nvidiactl). ' +
          'Install the driver (a container needs --gpus all), or set INGOT_DEVICE=auto.',
  );
}
