/** What a client sends beside its messages. */
export class Metadata {
  /** @param fields names in lower case and values in turn, bytes as latin1 */
  constructor(private readonly fields: readonly string[]) {}

  /** The values of a name in lower case, in order; bytes where it ends with "-bin". */
  get(name: string): (string | Buffer)[] {
    const values: string[] = [];
    for (let i = 0; i < this.fields.length; i += 2) {
      if (this.fields[i] === name) values.push(this.fields[i + 1] as string);
    }
    if (!name.endsWith('-bin')) return values;
    // Several of them may have been joined on the way; base64 has no comma.
    return values.flatMap(value => value.split(',')).map(value => Buffer.from(value, 'base64'));
  }
}
