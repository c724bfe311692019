/**
 * Settings that TensorFlow reads when its library is loaded, by whichever part loads it first: quiet unless told
 * otherwise, GPU memory taken as needed (tfjs-node and sessions share it), and no GPU at all for INGOT_DEVICE=cpu.
 */
export function prepareEnvironment(env: NodeJS.ProcessEnv = process.env): void {
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  if (env['INGOT_DEVICE'] === 'cpu') env['CUDA_VISIBLE_DEVICES'] = '-1';
}
