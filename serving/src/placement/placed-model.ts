import type {HostTensor, RunOptions, SignatureSpec} from '@ingot/tensorflow/session';
import type {Copy, EngineModel} from '../engine/engine.js';
import type {Log} from '../log.js';
import type {Copies} from './copies.js';

type Named = Readonly<Record<string, HostTensor>>;

/** Where a model is to run, as text that changes with it, and how it gets there. */
export interface Wish {
  readonly key: string;
  /** @throws when it cannot run there; nothing stays loaded then */
  load(): Promise<Copies>;
}

/** A model whose copies are replaced while it answers, when its options change. */
export class PlacedModel implements EngineModel {
  readonly signatures: Readonly<Record<string, SignatureSpec>>;
  readonly signatureDefs: Uint8Array;
  private key: string;
  private moving: Promise<void> = Promise.resolve();
  private disposed = false;

  constructor(
    private current: Copies,
    wish: Wish,
    private readonly what: string,
    private readonly onDispose: () => void,
  ) {
    ({signatures: this.signatures, signatureDefs: this.signatureDefs} = current.first);
    this.key = wish.key;
  }

  get ready(): boolean {
    return this.current.ready;
  }

  get copies(): readonly Copy[] {
    return this.current.states;
  }

  run(signature: string, inputs: Named, options?: RunOptions): Promise<Record<string, HostTensor>> {
    return this.current.run(signature, inputs, options);
  }

  /** Loads what is wished beside what is there, and takes its place; never rejects: what is there goes on if that fails. */
  follow(wish: Wish, log: Log): Promise<void> {
    this.moving = this.moving.then(() => this.move(wish, log));
    return this.moving;
  }

  async dispose(urgent?: boolean): Promise<void> {
    this.disposed = true;
    this.onDispose();
    await this.moving;
    await this.current.dispose(urgent);
  }

  private async move(wish: Wish, log: Log): Promise<void> {
    if (this.disposed || wish.key === this.key) return;
    const before = this.current;
    try {
      this.current = await wish.load();
    } catch (error) {
      return log('error', `${this.what} stays where it is: ${(error as Error).message}`);
    }
    this.key = wish.key;
    log('info', `${this.what} runs on ${this.copies.map(({name}) => name).join('; ')}`);
    await before.dispose().catch(error => log('error', `${this.what} is not freed: ${(error as Error).message}`));
  }
}
