import {execFileSync} from 'node:child_process';
import {addon, type Device} from './addon.js';
import {sessionConfig} from './config.js';
import {NativeBuildError} from './error.js';
import {deviceChoice, hasGpuDriver, type DeviceChoice} from './gpu.js';

export interface DeviceInUse {
  readonly kind: 'cpu' | 'gpu';
  /** "CPU" or the GPU's name, e.g. "NVIDIA H100". */
  readonly name: string;
  readonly devices: readonly Device[];
}

let found: DeviceInUse | undefined;

/**
 * The device that sessions run on: what INGOT_DEVICE asks for and TensorFlow reports.
 * @throws NativeBuildError when INGOT_DEVICE=gpu and TensorFlow reports no GPU.
 */
export function deviceInUse(choice: DeviceChoice = deviceChoice(process.env['INGOT_DEVICE'])): DeviceInUse {
  if (choice === 'cpu') return described(listDevices({device: 'cpu'}));
  found ??= described(listDevices());
  if (choice === 'gpu' && found.kind !== 'gpu') throw new NativeBuildError(noGpu());
  return found;
}

function described(devices: readonly Device[]): DeviceInUse {
  return devices.some(({type}) => type === 'GPU')
    ? {kind: 'gpu', name: gpuName(), devices}
    : {kind: 'cpu', name: 'CPU', devices};
}

/** TensorFlow's devices. The first call with a GPU initialises it, which takes seconds. */
export function listDevices(options: {device?: 'cpu' | 'auto'} = {}): Device[] {
  return addon().listDevices(sessionConfig(options.device === 'cpu' ? {device: 'cpu'} : {device: 'auto'}));
}

function noGpu(): string {
  return hasGpuDriver()
    ? 'INGOT_DEVICE=gpu and the NVIDIA driver is there, but TensorFlow reports no GPU: a library of the driver ' +
        '(libcuda.so.1, libnvidia-ml.so.1) or of CUDA is not found, or CUDA is too new for the driver. ' +
        'TF_CPP_MIN_LOG_LEVEL=0 TF_CPP_VMODULE=dso_loader=1 in the environment shows which. ' +
        'Install tensorflow[and-cuda], or set INGOT_DEVICE=auto.'
    : 'INGOT_DEVICE=gpu, but this machine has no NVIDIA driver (no /dev/nvidiactl). ' +
        'Install the driver (a container needs --gpus all), or set INGOT_DEVICE=auto.';
}

function gpuName(): string {
  try {
    const names = execFileSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], {encoding: 'utf8'});
    return names.split('\n', 1)[0]?.trim() || 'GPU';
  } catch {
    // The driver works without nvidia-smi; only the name is lost.
    return 'GPU';
  }
}
