import {Duplex} from 'node:stream';
import {TensorFlowError} from '../error.js';
import {Channel} from './channel.js';
import {Answer, HEAD_BYTES, memoryRequest} from './requests.js';

const MOST = 1000;

/** An answer with so many bytes of values. */
function answerOf(values: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + values);
  bytes.writeBigUInt64LE(BigInt(values), 8);
  return bytes;
}

/** A channel whose engine answers each request with the next of these, in pieces of such a size. */
function channelTo(answers: Buffer[], pieceBytes: number): Channel {
  const socket = new Duplex({
    read: () => undefined,
    write(_request, _encoding, done) {
      const answer = answers.shift() ?? Buffer.alloc(0);
      for (let at = 0; at < answer.length; at += pieceBytes) socket.push(answer.subarray(at, at + pieceBytes));
      done();
    },
  });
  return new Channel(0, socket, MOST);
}

const ask = (channel: Channel): Promise<Buffer | null> => new Promise(resolve => channel.ask(memoryRequest(), resolve));

test.each([1, 7, 16, 24, 1_000_000])(
  'an answer larger than allowed is refused in its place, and the next one is read, in pieces of %i bytes',
  async pieceBytes => {
    const channel = channelTo([answerOf(MOST + 1), answerOf(8), answerOf(MOST - HEAD_BYTES)], pieceBytes);
    const refused = (await ask(channel)) as Buffer;
    expect(() => new Answer(refused)).toThrow(TensorFlowError);
    expect(() => new Answer(refused)).toThrow(
      `the outputs take ${HEAD_BYTES + MOST + 1} bytes, more than the ${MOST} `,
    );
    expect(await ask(channel)).toHaveLength(HEAD_BYTES + 8);
    expect(await ask(channel)).toHaveLength(MOST);
  },
);
