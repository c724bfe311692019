import {WireWriter} from '../codec/wire.js';

/** A serialized PredictRequest whose inputs are vectors of so many 1.5s, of which it holds one. */
export function repeatedValues(model: string, sizes: Readonly<Record<string, number>>): Buffer {
  const value = Buffer.alloc(4);
  value.writeFloatLE(1.5);
  const request = new WireWriter();
  // Written from the end.
  for (const [name, size] of Object.entries(sizes).reverse()) {
    request.message(2, entry =>
      entry
        .message(2, tensor =>
          tensor
            .bytes(5, value)
            .message(2, shape => shape.message(2, dim => void dim.varint(1, size)))
            .varint(1, 1),
        )
        .text(1, name),
    );
  }
  return request.message(1, spec => void spec.text(1, model)).finish();
}
