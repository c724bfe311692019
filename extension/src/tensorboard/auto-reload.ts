/** Where TensorBoard's pages keep their settings; its origin is JupyterLab's. */
const KEY = '_tb_global_settings';

/** Has TensorBoard load new data by itself, every 30 s, so that a training can be watched; unless the person chose. */
export function followTrainings(storage: Pick<Storage, 'getItem' | 'setItem'>): void {
  const settings = parse(storage.getItem(KEY));
  if ('autoReload' in settings) return;
  storage.setItem(KEY, JSON.stringify({...settings, autoReload: true}));
}

function parse(text: string | null): object {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    // TensorBoard itself starts anew from settings that it cannot read.
    return {};
  }
}
