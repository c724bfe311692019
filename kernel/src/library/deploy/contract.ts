import type {Tensor} from '@tensorflow/tfjs-node';
import {tf} from '@ingot/tensorflow';
import {type ModelContract, parseContract} from '@ingot/tensorflow/contract';
import {honestTitle, type Provenance} from '../data/provenance.js';
import {sampleRows} from './samples.js';
import type {DeployableSpec} from './spec.js';

/** The provenance of the data, each once. */
export function provenances(spec: DeployableSpec): Provenance[] {
  const all = (spec.data ?? []).map(source => {
    const {provenance} = source as Partial<typeof source>;
    if (provenance === undefined) {
      throw new Error(`The data of "${spec.name}" must be what ingot.dataset gave, or its series: data: [prices].`);
    }
    return provenance;
  });
  return all.filter(
    (one, index) => all.findIndex(other => other.name === one.name && other.sha256 === one.sha256) === index,
  );
}

/**
 * What `assets.extra/contract.json` says. Its example is the last row of the samples: of a series, the newest.
 * @throws ContractError naming what is wrong with the spec.
 */
export function contractOf(spec: DeployableSpec): ModelContract {
  const {name, title, description, inputs, outputs} = spec;
  const data = provenances(spec);
  const said = {
    formatVersion: 1,
    name,
    title: honestTitle(
      title,
      data.some(({simulated}) => simulated),
    ),
    ...(description === undefined ? {} : {description}),
    inputs,
    outputs,
    ...(data.length === 0 ? {} : {data}),
  };
  // What is wrong with the spec itself is told before the samples are held against it.
  parseContract({...said, example: Object.fromEntries(inputs.map(port => [port.name, 0]))});
  return parseContract({...said, example: example(spec)});
}

function example(spec: DeployableSpec): Record<string, unknown> {
  const rows = sampleRows(spec);
  const last = (tensor: Tensor) => shortened((tensor.arraySync() as unknown[]).at(-1));
  const values = Object.fromEntries(Object.entries(rows).map(([name, tensor]) => [name, last(tensor)]));
  tf.dispose(rows);
  return values;
}

/** float32 as its shortest decimal: 2640.69 rather than 2640.68994140625. */
function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shortened);
  return typeof value === 'number' ? Number(value.toPrecision(7)) : value;
}
