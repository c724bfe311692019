import {hasGpuDriver} from '@ingot/tensorflow/native/gpu';
import {runProgram} from '../terminal/run-program.js';
import type {Device} from '../settings.js';

/**
 * Which TensorFlow to install: the CUDA one where an NVIDIA GPU answers and is not refused.
 * @throws Error when a GPU was asked for and there is no driver.
 */
export async function chooseTensorFlow(device: Device): Promise<'cpu' | 'gpu'> {
  if (device === 'cpu') return 'cpu';
  // One that was asked for need not have nvidia-smi: TensorFlow says later whether it finds it.
  if (hasGpuDriver() && (device === 'gpu' || (await gpuAnswers()))) return 'gpu';
  if (device === 'auto') return 'cpu';
  throw new Error(
    'INGOT_DEVICE is gpu, but this machine has no NVIDIA driver (no /dev/nvidiactl). Install it (a container needs ' +
      '--gpus all), or set INGOT_DEVICE=auto.',
  );
}

/** A driver may be loaded where no GPU is: TensorFlow's CUDA build is gigabytes that nobody would use then. */
async function gpuAnswers(): Promise<boolean> {
  const names = await runProgram('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader']).catch(() => '');
  return names.trim() !== '';
}
