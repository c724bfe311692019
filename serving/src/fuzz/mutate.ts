import type {Random} from './random.js';

/** Pieces that parsers stumble over. */
const JSON_PIECES = [
  '[', ']', '{', '}', ',', ':', '"', '\\', '\\u', '\\ud800', '-', '.', 'e', 'E+', '0', '00', '1', '9'.repeat(40), '1e999',
  '-1e-999', '0.1', '2147483648', '9223372036854775808', '18446744073709551616', 'NaN', '-Infinity', 'Inf', 'nul', 'null',
  'true', 'false', '"b64"', '{"b64":"=="}', '"instances"', '"inputs"', '"signature_name"', '"__proto__"', '\0', '\ufeff',
  ' '.repeat(50), '['.repeat(300), '{"a":'.repeat(300), '"x"', '[[1],[2,3]]', '/*', '\n',
]; // prettier-ignore

const JSON_SEEDS = [
  '{"instances": [1.0, 2.5, -3e2]}',
  '{"inputs": [[1, 2], [3, 4]]}',
  '{"signature_name": "serving_default", "instances": [{"x": [1]}, {"x": [2]}]}',
  '{"instances": [{"number": [1, 2], "text": "a"}, {"number": [3, 4], "text": {"b64": "YQ=="}}]}',
  '{"inputs": {"number": [[1, 2]], "text": ["a\\u00e4"]}}',
  '{"signature_name": "regress_x_to_y", "examples": [{"x": 1.5}, {"x": [2.0], "s": "t", "i": 7, "b": true}]}',
  '{"context": {"x": 1.0}, "examples": [{}]}',
  '{"signature_name": "float16", "inputs": [1.5]}',
  '{"signature_name": "float64", "inputs": [1e-320, -0.0, 123456789012345678901234567890, 2.5e+3]}',
  '{"signature_name": "string", "instances": ["\\ud83d\\ude00", {"b64": "/w=="}]}',
  '{"id": "1", "inputs": [{"name": "x", "shape": [2], "datatype": "FP32", "data": [1, 2]}], "outputs": [{"name": "y"}]}',
];

/** A JSON text that was right until some of its bytes were changed. */
export function mutatedJson(random: Random): Buffer {
  let text = random.pick(JSON_SEEDS);
  for (let changes = random.below(4); changes >= 0; changes--) {
    const at = random.below(text.length + 1);
    const cut = random.below(3) === 0 ? random.below(8) : 0;
    text = text.slice(0, at) + (random.below(8) === 0 ? '' : random.pick(JSON_PIECES)) + text.slice(at + cut);
  }
  return random.below(20) === 0 ? Buffer.concat([Buffer.from(text), random.bytes(8)]) : Buffer.from(text);
}

/** A message that was right until some of its bytes were changed. */
export function mutatedBytes(random: Random, seeds: readonly Buffer[]): Buffer {
  if (random.below(10) === 0) return random.bytes(random.below(200));
  const bytes = Buffer.from(random.pick(seeds));
  for (let changes = random.below(5); changes >= 0 && bytes.length > 0; changes--) {
    bytes[random.below(bytes.length)] = random.below(3) === 0 ? random.pick([0, 0x7f, 0x80, 0xff]) : random.below(256);
  }
  return random.below(5) === 0 ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
}
