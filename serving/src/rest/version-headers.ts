import type {Servable} from '../lifecycle/servable.js';

/** Which version an answer is from: a request need not say which it wants. */
const VERSION_HEADER = 'ingot-model-version';

type Headers = Readonly<Record<string, string>>;

/** The headers of answers; the same object for the same version, so that they are put together once. */
export class VersionHeaders {
  private readonly known = new WeakMap<Servable, Headers>();

  constructor(private readonly base: Headers) {}

  /** @param servable the version that the answer is from; undefined when it is from none */
  of(servable: Servable | undefined): Headers {
    if (servable === undefined) return this.base;
    let headers = this.known.get(servable);
    if (headers === undefined) {
      headers = {...this.base, [VERSION_HEADER]: String(servable.version)};
      this.known.set(servable, headers);
    }
    return headers;
  }
}
