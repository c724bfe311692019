import {open} from 'node:fs/promises';
import path from 'node:path';
import {crc32c, masked} from './crc32c.js';
import {encode, shapeProto} from './messages.js';
import {encodeTable} from './table.js';

/** A tensor for a checkpoint. Its values are asked for only when they are written, one tensor after the other. */
export interface CheckpointTensor {
  readonly name: string;
  /** TensorFlow's DataType. */
  readonly dtype: number;
  readonly shape: readonly number[];
  values(): Uint8Array;
}

const DATA_FILE = 'variables.data-00000-of-00001';

/**
 * Writes a checkpoint that RestoreV2 reads: `variables.index` and one file of raw data in a folder that is there.
 * Format: tensorflow/core/protobuf/tensor_bundle.proto.
 */
export async function writeCheckpoint(dir: string, tensors: readonly CheckpointTensor[]): Promise<void> {
  const entries: [string, Uint8Array][] = [['', encode('BundleHeaderProto', {num_shards: 1, version: {producer: 1}})]];
  const data = await open(path.join(dir, DATA_FILE), 'wx');
  try {
    let offset = 0;
    for (const {name, dtype, shape, values} of tensors.toSorted((a, b) =>
      Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
    )) {
      const bytes = values();
      await data.writeFile(bytes);
      entries.push([
        name,
        encode('BundleEntryProto', {
          dtype,
          shape: shapeProto(shape),
          offset,
          size: bytes.length,
          crc32c: masked(crc32c(bytes)),
        }),
      ]);
      offset += bytes.length;
    }
    await data.sync();
  } finally {
    await data.close();
  }
  const index = await open(path.join(dir, 'variables.index'), 'wx');
  try {
    await index.writeFile(encodeTable(entries));
    await index.sync();
  } finally {
    await index.close();
  }
}
