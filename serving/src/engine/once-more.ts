import {EngineLostError} from '@ingot/tensorflow/engine';
import type {HostTensor, LoadedModel, RunOptions} from '@ingot/tensorflow/session';

type Inputs = Readonly<Record<string, HostTensor>>;

/** A run that is tried once more when the engine ends, which may have been another's fault; within its deadline. */
export async function runOnceMore(
  model: LoadedModel,
  signature: string,
  inputs: Inputs,
  options: RunOptions = {},
): Promise<Record<string, HostTensor>> {
  const asked = performance.now();
  try {
    return await model.run(signature, inputs, options);
  } catch (error) {
    if (!(error instanceof EngineLostError)) throw error;
    const {deadlineMs} = options;
    const left = deadlineMs === undefined ? {} : {deadlineMs: deadlineMs - (performance.now() - asked)};
    return model.run(signature, inputs, {...options, ...left});
  }
}

/** A model whose runs are each tried once more: for requests that run by themselves. */
export function onceMore(model: LoadedModel): LoadedModel {
  return {
    signatures: model.signatures,
    run: (signature, inputs, options) => runOnceMore(model, signature, inputs, options),
    dispose: () => model.dispose(),
  };
}
