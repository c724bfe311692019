// What a benchmark is told on its command line.
import {parseArgs} from 'node:util';

/**
 * The options `--name=value`, each of the kind that its default has: a text, a number, or a list of either, which is written with
 * commas. `undefined` stands for a text that need not be given.
 */
export function benchOptions(defaults) {
  const options = Object.fromEntries(Object.keys(defaults).map(name => [name, {type: 'string'}]));
  const {values} = parseArgs({options});
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, read(name, values[name], value)]));
}

function read(name, text, value) {
  if (text === undefined) return value;
  if (Array.isArray(value)) return text.split(',').map(part => one(name, part, value[0]));
  return one(name, text, value);
}

function one(name, text, like) {
  if (typeof like !== 'number') return text;
  const number = Number(text);
  if (text === '' || Number.isNaN(number)) throw new Error(`--${name} takes numbers, not "${text}"`);
  return number;
}
