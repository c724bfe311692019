import type {SignatureSpec} from '@ingot/tensorflow/session';
import {parsePredictRequest} from '../codec/json/bodies/predict-request.js';
import {Random} from './random.js';

/** Numbers in one body. */
const COUNT = 16;

/**
 * Reads lists of numbers of every length, exponent and distance to a tie as a request, and compares each bit with what
 * JavaScript's own reader makes of the same text.
 * @throws Error with the seed and text of the first difference
 */
export function fuzzNumbers(inputs: number, seed: number): void {
  const random = new Random(seed);
  for (let i = 0; i < inputs; i++) {
    const texts = Array.from({length: COUNT}, () => numberText(random));
    const dtype = random.pick(['float32', 'float64'] as const);
    const body = Buffer.from(`{"instances": [${texts.join(random.pick([',', ', ', '\n,\t']))}]}`);
    const {data} = parsePredictRequest(body, () => signatureOf(dtype)).inputs['x'] ?? {};
    const wanted = texts.map(text => (dtype === 'float32' ? Math.fround(valueOf(text)) : valueOf(text)));
    const wrong = wanted.findIndex((value, at) => !Object.is(Number(data?.[at]), value));
    if (wrong < 0) continue;
    throw new Error(`seed ${seed}: ${texts[wrong]} was read as the ${dtype} ${data?.[wrong]}, not ${wanted[wrong]}`);
  }
}

/** "-0" is an integer to TensorFlow Serving, and integers have no minus zero. */
function valueOf(text: string): number {
  return text === '-0' ? 0 : Number(text);
}

function signatureOf(dtype: 'float32' | 'float64'): SignatureSpec {
  return {methodName: '', inputs: {x: {dtype, shape: null, tensorName: 'x:0'}}, outputs: {}};
}

/** A number of JSON's grammar that fits a double. */
function numberText(random: Random): string {
  const text = random.below(3) === 0 ? nearTie(random) : anyNumber(random);
  return Number.isFinite(Number(text)) ? text : '0';
}

function anyNumber(random: Random): string {
  const whole = random.below(3) === 0 ? '0' : `${1 + random.below(9)}${digits(random, random.below(22))}`;
  const point = random.below(2) === 0 ? '' : `.${'0'.repeat(random.below(12))}${digits(random, 1 + random.below(30))}`;
  const exponent = random.below(3) > 0 ? '' : `${random.pick(['e', 'E', 'e+', 'e-'])}${random.below(330)}`;
  return `${random.pick(['', '-'])}${whole}${point}${exponent}`;
}

/** The middle between two floats next to each other, or a little beside it: all of its digits. */
function nearTie(random: Random): string {
  const bits = new Uint32Array([(random.below(2 ** 32) & 0x1fff_ffff) | 0x3000_0000]);
  const [low = 0] = new Float32Array(bits.buffer);
  bits[0] = (bits[0] as number) + 1;
  const [high = 0] = new Float32Array(bits.buffer);
  const middle = ((low + high) / 2).toFixed(60).replace(/0+$/, '0');
  return random.pick([
    middle,
    `${middle}${digits(random, 3)}`,
    middle.slice(0, -1 - random.below(8)).replace(/\.$/, '.0'),
  ]);
}

function digits(random: Random, count: number): string {
  return Array.from({length: count}, () => random.below(10)).join('');
}
