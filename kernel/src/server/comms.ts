import type {CommMessage} from '../threads/messages.js';

/** Which comms are open, from either side, for `comm_info_request`. */
export class Comms {
  readonly #open = new Map<string, string>();

  note({event, content}: CommMessage): void {
    if (event === 'comm_open') {
      this.#open.set(content.comm_id, content.target_name ?? '');
    } else if (event === 'comm_close') {
      this.#open.delete(content.comm_id);
    }
  }

  info(target: unknown): Record<string, {target_name: string}> {
    const wanted = [...this.#open].filter(([, name]) => typeof target !== 'string' || target === '' || name === target);
    return Object.fromEntries(wanted.map(([id, name]) => [id, {target_name: name}]));
  }
}
