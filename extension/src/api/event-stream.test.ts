import {eventData} from './event-stream.js';

async function read(chunks: readonly Uint8Array[]): Promise<string[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const events: string[] = [];
  for await (const data of eventData(body)) events.push(data);
  return events;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('events cut anywhere by the network', () => {
  const text = 'retry: 1000\n\nid: 1\nevent: x\ndata: {"a":"ü"}\n\n: keep alive\n\ndata:one\r\ndata: two\r\n\r\n';

  it.each(Array.from({length: encode(text).length - 1}, (_, index) => index + 1))('after byte %d', async cut => {
    const bytes = encode(text);
    expect(await read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(['{"a":"ü"}', 'one\ntwo']);
  });

  it('leaves out an event that never ended', async () => {
    expect(await read([encode('data: whole\n\ndata: ha')])).toEqual(['whole']);
  });
});
