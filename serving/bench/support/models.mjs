import {existsSync} from 'node:fs';
import {mkdir, rename} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {output} from './process.mjs';

const ROOT = resolve(import.meta.dirname, '../../..');
export const HOME = resolve(process.env.INGOT_HOME ?? join(ROOT, '.ingot'));
export const PYTHON = process.env.INGOT_PYTHON ?? join(HOME, 'python/bin/python');

export const SHAPES = {digits: [28, 28, 1], gold: [60]};

/** The folder with the models `digits` and `gold`, made by Python's Keras at the first call. */
export async function benchModels() {
  const folder = join(HOME, 'bench-models');
  if (existsSync(folder)) return folder;
  await mkdir(`${folder}.incoming`, {recursive: true});
  await output(PYTHON, [join(import.meta.dirname, '../peers/make_models.py'), `${folder}.incoming`]);
  await rename(`${folder}.incoming`, folder);
  return folder;
}

/** `batch` instances of a model, as nested arrays: prices in cents, pixels to four places. */
export function instances(model, batch) {
  const nest = (shape, spell) =>
    shape.length === 0 ? spell() : Array.from({length: shape[0]}, () => nest(shape.slice(1), spell));
  let i = 0;
  const price = () => Number((2000 + 100 * Math.sin(i++)).toFixed(2));
  const pixel = () => Number(Math.abs(Math.sin(i++)).toFixed(4));
  return nest([batch, ...SHAPES[model]], model === 'gold' ? price : pixel);
}
