import type {DisplayPort} from '../display/seam.js';
import type {InterruptPort} from './interrupts.js';
import type {Namespace} from './modules.js';

interface Model {
  stopTraining: boolean;
}

type Fit = (this: Model, ...parameters: unknown[]) => Promise<unknown>;

const WRAPPED = Symbol.for('ingot.interruptible');

/** What the kernel adds to packages that notebooks know, when they are first imported. */
export function onImported(
  specifier: string,
  namespace: Namespace,
  ports: {readonly interrupts: InterruptPort; readonly display: DisplayPort; readonly require: NodeJS.Require},
): void {
  if (specifier.startsWith('@tensorflow/tfjs')) {
    makeTrainingInterruptible(namespace, ports.interrupts);
  } else if (specifier === 'tslab') {
    connectTslab(ports.require, ports.display);
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
