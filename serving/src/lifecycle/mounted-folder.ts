import {stat} from 'node:fs/promises';

/** A folder whose volume may go: an unmounted one leaves an empty folder behind, on another device. */
export class MountedFolder {
  /** Where it was when there was something in it. */
  private device: number | null = null;

  /**
   * @param list reads what is in it
   * @throws what `list` throws; Error when the folder is not, or no longer, the one that had something in it
   */
  async read<T>(path: string, list: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const {dev: before} = await stat(path);
    const found = await list();
    const {dev} = await stat(path);
    const emptied = found.length === 0 && this.device !== null && this.device !== dev;
    // Between two looks at the device, `list` may have seen a part of one volume and a part of the other.
    if (emptied || dev !== before) throw new Error('its volume is no longer mounted there');
    if (found.length > 0) this.device = dev;
    return found;
  }
}
