import type {SessionOptions} from '@ingot/tensorflow/session';
import {invalidArgument} from '../status/status.js';
import type {Device, ModelOptions, Threads} from './options.js';

/** Where one copy of a model runs. Copies of the same placement and number, of whichever model, share an engine. */
export interface Placement {
  readonly device: Device;
  readonly threads: Threads;
  readonly exact: boolean;
  /** From 0, on its device. */
  readonly copy: number;
}

/** One for each copy, those of all devices taking turns. */
export function placementsOf({copies, devices, threads, exact}: ModelOptions): Placement[] {
  return Array.from({length: copies}, (_, copy) => devices.map(device => ({device, threads, exact, copy}))).flat();
}

/** True of what runs as the server's own settings say: it needs no engine of its own. */
export function isPlain({device, threads, exact, copy}: Placement): boolean {
  return !exact && device === 'auto' && threads.intra === undefined && threads.inter === undefined && copy === 0;
}

/** The same text for the same placement, for people, too: "gpu:1, 2 threads in an op, copy 2". */
export function nameOf({device, threads: {intra, inter}, exact, copy}: Placement): string {
  const parts = [
    device,
    ...(intra === undefined ? [] : [`${intra} threads in an op`]),
    ...(inter === undefined ? [] : [`${inter} ops at once`]),
    ...(exact ? ['exact'] : []),
    `copy ${copy + 1}`,
  ];
  return parts.join(', ');
}

/** How a session of an engine with this placement computes. */
export function sessionOf({device, threads, exact}: Placement, session: SessionOptions): SessionOptions {
  const {threads: given} = session;
  const base = typeof given === 'number' ? {intra: given, inter: given} : given;
  const all = {...session, threads: {...base, ...threads}, ...(exact && {exact})};
  return device === 'auto' ? all : {...all, device: device === 'cpu' ? 'cpu' : 'gpu'};
}

/** What TensorFlow must find when it is loaded, so that each of its ops computes as it does by itself. */
export const EXACT_ENVIRONMENT = {TF_ENABLE_ONEDNN_OPTS: '0'};

/**
 * What an engine's process is told of its device: it sees that one and no other, so that it takes no memory of the others.
 * @param visible CUDA_VISIBLE_DEVICES of this process: its first entry is gpu:0
 * @throws StatusError INVALID_ARGUMENT for a GPU that this process may not see
 */
export function environmentOf(placement: Placement, visible: string | undefined): Record<string, string> {
  return {...deviceEnvironment(placement.device, visible), ...(placement.exact && EXACT_ENVIRONMENT)};
}

function deviceEnvironment(device: Device, visible: string | undefined): Record<string, string> {
  if (device === 'auto') return {};
  if (device === 'cpu') return {CUDA_VISIBLE_DEVICES: '-1'};
  const index = Number(device.slice('gpu:'.length));
  if (visible === undefined || visible === '') return {CUDA_VISIBLE_DEVICES: String(index)};
  const chosen = visible.split(',')[index]?.trim();
  if (chosen === undefined || chosen === '-1') {
    throw invalidArgument(`${device} is not there: CUDA_VISIBLE_DEVICES is "${visible}", which has no such entry`);
  }
  return {CUDA_VISIBLE_DEVICES: chosen};
}
