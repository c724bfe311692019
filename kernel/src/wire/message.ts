import {createHmac, randomUUID, timingSafeEqual} from 'node:crypto';

/** https://jupyter-client.readthedocs.io/en/stable/messaging.html#general-message-format */
export const PROTOCOL_VERSION = '5.4';
const DELIMITER = Buffer.from('<IDS|MSG>');

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

export type Content = Readonly<Record<string, unknown>>;

export interface Message {
  /** Routing prefix of a ROUTER socket, or the topic on iopub. */
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly parent: Header | Record<string, never>;
  readonly metadata: Content;
  readonly content: Content;
  readonly buffers: readonly Uint8Array[];
}

/** Makes, signs and checks the messages of one kernel. */
export class Wire {
  readonly #session = randomUUID();

  /** @param key shared with the clients; messages are not signed when it is empty. */
  constructor(private readonly key: string) {}

  message(
    type: string,
    parent: Message['parent'],
    content: Content,
    more: {identities?: readonly Uint8Array[]; metadata?: Content; buffers?: readonly Uint8Array[]} = {},
  ): Message {
    const header = {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.#session,
      username: 'kernel',
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
    const {identities = [], metadata = {}, buffers = []} = more;
    return {identities, header, parent, metadata, content, buffers};
  }

  encode({identities, header, parent, metadata, content, buffers}: Message): Uint8Array[] {
    const parts = [header, parent, metadata, content].map(part => Buffer.from(JSON.stringify(part)));
    return [...identities, DELIMITER, Buffer.from(this.#sign(parts)), ...parts, ...buffers];
  }

  /** @throws Error when the frames are no Jupyter message, or are not signed with the key. */
  decode(frames: readonly Buffer[]): Message {
    const at = frames.findIndex(frame => frame.equals(DELIMITER));
    const [signature, ...parts] = frames.slice(at + 1);
    if (at < 0 || !signature || parts.length < 4) {
      throw new Error(`A message of ${frames.length} frames is not a Jupyter message.`);
    }
    const signed = parts.slice(0, 4);
    const expected = Buffer.from(this.#sign(signed));
    if (this.key !== '' && !(signature.length === expected.length && timingSafeEqual(signature, expected))) {
      throw new Error('A message was not signed with the key of this kernel.');
    }
    const [header, parent, metadata, content] = signed.map(part => JSON.parse(part.toString()) as Content);
    return {
      identities: frames.slice(0, at),
      header: header as unknown as Header,
      parent: parent as unknown as Header,
      metadata: metadata ?? {},
      content: content ?? {},
      buffers: parts.slice(4),
    };
  }

  #sign(parts: readonly Buffer[]): string {
    if (this.key === '') {
      return '';
    }
    const hmac = createHmac('sha256', this.key);
    parts.forEach(part => hmac.update(part));
    return hmac.digest('hex');
  }
}
