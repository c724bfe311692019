import fc from 'fast-check';
import {messages} from './proto.js';
import {repeatedValues} from '../testing/repeated-values.js';
import {decodePredictRequest} from './predict-proto.js';
import {decodeTensor, encodeTensor, Expansion} from './tensor-proto.js';
import {WireReader, WireWriter, fieldsOf} from './wire.js';

const {TensorProto} = messages;

/** Of TensorProto, in which every kind of field is found. */
const FIELDS = {dtype: 1, shape: 2, version: 3, content: 4, doubles: 6, strings: 8, int64s: 10, floats: 5};

test('what is written, protobufjs reads, whatever its size', () => {
  const text = fc.string({unit: 'grapheme', maxLength: 700});
  const bytes = fc.uint8Array({maxLength: 3000});
  const sizes = fc.array(fc.integer({min: 0, max: 2 ** 31 - 1}), {maxLength: 300});
  const number = fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n});
  fc.assert(
    fc.property(
      fc.record({text, bytes, sizes, number, double: fc.double()}),
      ({text, bytes, sizes, number, double}) => {
        const writer = new WireWriter();
        writer.varint(FIELDS.int64s, number).bytes(FIELDS.strings, bytes).double(FIELDS.doubles, double);
        writer.float(FIELDS.floats, 0.5).bytes(FIELDS.content, bytes).varint(FIELDS.version, 7);
        writer.message(FIELDS.shape, shape => {
          for (const size of sizes.toReversed()) shape.message(2, dim => dim.text(2, text).varint(1, size));
        });
        const read = TensorProto.toObject(TensorProto.decode(writer.finish()), {
          longs: String,
          arrays: true,
          defaults: true,
        });
        expect(read).toMatchObject({
          version_number: 7,
          float_val: [0.5],
          double_val: [double],
          string_val: [Buffer.from(bytes)],
          int64_val: [String(number)],
        });
        expect([...read['tensor_content']]).toEqual([...bytes]);
        expect(read['tensor_shape'].dim.map(({size}: {size: string}) => Number(size))).toEqual(sizes);
        for (const {name} of read['tensor_shape'].dim) expect(name).toBe(Buffer.from(text).toString());
      },
    ),
    {numRuns: 50},
  );
});

test('a message within another is read in place and not beyond its end', () => {
  const inner = new WireWriter().message(2, outer => outer.text(2, 'b').text(1, 'a')).finish();
  const reader = new WireReader(inner);
  reader.tag();
  const nested = reader.message();
  expect([nested.tag().field, nested.text(), nested.tag().field, nested.text(), nested.done]).toEqual([
    1,
    'a',
    2,
    'b',
    true,
  ]);
  // A length that goes on behind its message, though not behind the bytes.
  const long = new WireReader(Buffer.of(0x12, 2, 0x0a, 5, 1, 2, 3, 4, 5));
  long.tag();
  const within = long.message();
  within.tag();
  expect(() => within.text()).toThrow('not a valid protocol buffer');
});

test('tensors come back as they were, wherever they begin', () => {
  const tensor = {dtype: 'float64', shape: [2, 0x1234567, 0], data: new Float64Array(0)} as const;
  const large = {dtype: 'float64', shape: [300], data: Float64Array.from({length: 300}, (_, i) => i / 3)} as const;
  for (const each of [tensor, large]) {
    for (let before = 0; before < 8; before++) {
      const message = new WireWriter();
      encodeTensor(message, each, before % 2 === 0);
      const whole = Buffer.concat([Buffer.alloc(before), message.finish()]);
      expect(decodeTensor(new WireReader(whole, before), new Expansion())).toEqual(each);
    }
  }
});

test('one value that stands for many counts before there is memory for them, all of a message together', () => {
  const told: number[] = [];
  const room = {grow: (bytes: number) => void told.push(bytes)};
  const {inputs} = decodePredictRequest(repeatedValues('m', {a: 3, b: 5}), room);
  expect(inputs['b']).toEqual({dtype: 'float32', shape: [5], data: new Float32Array(5).fill(1.5)});
  expect(told).toEqual([12, 20]);
  // One alone would be taken.
  const many = repeatedValues('m', {a: 40_000_000, b: 40_000_000});
  expect(() => decodePredictRequest(many)).toThrow('A tensor of 40000000 values was sent as 1; send all of them');
  const full = (): never => {
    throw new Error('no room');
  };
  expect(() => decodePredictRequest(repeatedValues('m', {a: 2}), {grow: full})).toThrow('no room');
});

test('repeated fields come in the order in which they are not written', () => {
  expect(fieldsOf(new WireWriter().text(1, 'second').text(1, 'first').finish(), 1).map(String)).toEqual([
    'first',
    'second',
  ]);
});
