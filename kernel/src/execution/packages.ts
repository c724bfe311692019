import {createRequire} from 'node:module';
import type {DisplayPort} from '../display/seam.js';
import type {Namespace} from './installed.js';
import type {InterruptPort} from './interrupts.js';

interface Model {
  stopTraining: boolean;
}

type Fit = (this: Model, ...parameters: unknown[]) => Promise<unknown>;

const TFJS = '@tensorflow/tfjs-node';
const WRAPPED = Symbol.for('ingot.interruptible');

/** What the kernel adds to packages that notebooks know, when they are first imported. */
export async function onImported(
  specifier: string,
  namespace: Namespace,
  ports: {readonly interrupts: InterruptPort; readonly display: DisplayPort; readonly require: NodeJS.Require},
): Promise<void> {
  if (specifier.startsWith('@tensorflow/tfjs')) {
    if (specifier === TFJS) await trainAsGraphs(ports.require);
    makeTrainingInterruptible(namespace, ports.interrupts);
  } else if (specifier === 'tslab') {
    connectTslab(ports.require, ports.display);
  }
}

/** Models train, evaluate and predict as graphs. A copy of tfjs that the notebook's folder has for itself stays as it is. */
async function trainAsGraphs(require: NodeJS.Require): Promise<void> {
  if (resolved(require) !== resolved(createRequire(import.meta.url))) return;
  const {compile} = await import('@ingot/tensorflow');
  compile.install();
}

/** The file of tfjs that is found from somewhere; without any there, it is the kernel's. */
function resolved(require: NodeJS.Require): string {
  try {
    return require.resolve(TFJS);
  } catch {
    return createRequire(import.meta.url).resolve(TFJS);
  }
}

/** An interrupt stops `fit` between two batches, as `model.stopTraining = true` in a callback does. */
function makeTrainingInterruptible(namespace: Namespace, interrupts: InterruptPort): void {
  const prototype = (namespace['LayersModel'] as {prototype?: Record<PropertyKey, unknown>} | undefined)?.prototype;
  if (!prototype || Object.hasOwn(prototype, WRAPPED)) {
    return;
  }
  Object.defineProperty(prototype, WRAPPED, {value: true});
  for (const name of ['fit', 'fitDataset']) {
    const fit = prototype[name] as Fit;
    prototype[name] = async function (this: Model, ...parameters: unknown[]) {
      const forget = interrupts.onInterrupt(() => {
        this.stopTraining = true;
      });
      try {
        return await fit.apply(this, parameters);
      } finally {
        forget();
      }
    } satisfies Fit;
  }
}

/** `import {display} from 'tslab'` shows things in this kernel too. */
function connectTslab(require: NodeJS.Require, display: DisplayPort): void {
  interface TslabDisplay {
    readonly data: Record<string, string | Uint8Array>;
    readonly metadata: Record<string, unknown>;
    readonly transient: {readonly display_id?: string};
  }
  const jupyter = require('tslab/dist/jupyter') as {
    lastWriteDisplayData: ((data: TslabDisplay, update: boolean) => void) | null;
  };
  jupyter.lastWriteDisplayData = ({data, metadata, transient}, update) => {
    const bundle = Object.fromEntries(
      Object.entries(data).map(([mime, content]) => [
        mime,
        content instanceof Uint8Array ? Buffer.from(content).toString('base64') : content,
      ]),
    );
    const displayId = transient.display_id;
    display.display(bundle, {update, metadata, ...(displayId === undefined ? {} : {displayId})});
  };
}
