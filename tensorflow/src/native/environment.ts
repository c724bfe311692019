/**
 * Settings that TensorFlow reads when its library is loaded, by whichever part loads it first: quiet unless told
 * otherwise, GPU memory taken as needed (tfjs-node and sessions share it), and no GPU at all for INGOT_DEVICE=cpu.
 * oneDNN computes on the thread that waits for it, too: the same numbers, and a quarter less time for small models.
 */
export function prepareEnvironment(env: NodeJS.ProcessEnv = process.env): void {
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  env['TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD'] ??= 'true';
  if (env['INGOT_DEVICE'] === 'cpu') env['CUDA_VISIBLE_DEVICES'] = '-1';
}

/**
 * For a process that loads and unloads models and does not train (it is without effect once tfjs is loaded): what a model
 * took goes back to the system. oneDNN's own allocator keeps it for the next one. It is 5 % quicker with large tensors,
 * so a process that trains has that.
 */
export function prepareForServing(env: NodeJS.ProcessEnv = process.env): void {
  env['TF_ONEDNN_USE_SYSTEM_ALLOCATOR'] ??= 'true';
  prepareEnvironment(env);
}
