import {fileURLToPath} from 'node:url';

/** The Python of the installation, which has TensorFlow. */
export const PYTHON =
  process.env['INGOT_PYTHON'] ?? fileURLToPath(new URL('../../../.ingot/python/bin/python', import.meta.url));
