import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type protobuf from 'protobufjs';
import {messages} from '../../codec/proto.js';
import {readRecords} from '../../codec/tf-record.js';
import {StatusError, invalidArgument} from '../../status/status.js';

/** The requests that a version brings along: a TFRecord file of PredictionLog. */

export const WARMUP_FILE = 'assets.extra/tf_serving_warmup_requests';
const MAX_RECORDS = 1000;

export interface WarmUpRecord {
  /** Which of a PredictionLog's fields holds the request; undefined when none does. */
  readonly log: string | undefined;
  /** The PredictionLog itself. */
  readonly bytes: Uint8Array;
}

/** @returns null when there is none @throws StatusError DATA_LOSS or INVALID_ARGUMENT in the original's words */
export async function readWarmUp(folder: string): Promise<WarmUpRecord[] | null> {
  const path = join(folder, WARMUP_FILE);
  try {
    return recordsOf(await readFile(path), path).map(bytes => ({log: logOf(bytes), bytes}));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function recordsOf(bytes: Buffer, path: string): Buffer[] {
  let records: Buffer[];
  try {
    records = readRecords(bytes, MAX_RECORDS + 1);
  } catch (error) {
    const {message} = error as Error;
    throw new StatusError('DATA_LOSS', `${message}. Please verify your warmup data is in TFRecord format.`, {
      cause: error,
    });
  }
  if (records.length > MAX_RECORDS) {
    throw invalidArgument(`Number of warmup records exceeds the maximum (${MAX_RECORDS}) at ${path}`);
  }
  return records;
}

function logOf(record: Buffer): string | undefined {
  try {
    const message: protobuf.Message = messages.PredictionLog.decode(record);
    const plain = messages.PredictionLog.toObject(message, {oneofs: true}) as {log_type?: string};
    return plain.log_type;
  } catch (error) {
    throw invalidArgument(`Failed to parse warmup record: ${(error as Error).message}`);
  }
}
