import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {recordProfile, type StepRecording} from '../session/profile.js';

/**
 * Records some steps of a training for TensorBoard's Profile tab: how long each took, and every op that TensorFlow ran in it.
 * TensorFlow has one recording in a process: one that another training left behind when it was interrupted ends when the
 * next begins.
 */
export class StepProfile {
  static #current: StepProfile | undefined;
  #recording: StepRecording | undefined;
  #done = false;

  /**
   * @param directory of the run
   * @param first counted from 0
   * @param last the last step that is recorded
   */
  constructor(
    readonly directory: string,
    readonly first: number,
    readonly last: number,
  ) {
    if (!Number.isInteger(first) || !Number.isInteger(last) || first < 0 || last < first) {
      throw new Error(`profileBatch is [${first}, ${last}]: two whole numbers, the first batch and the last`);
    }
  }

  /**
   * @param at how many steps this training has made
   * @param step its number in the run, which the tab shows
   * @throws TensorFlowError when somebody else records
   */
  async stepBegin(at: number, step: number): Promise<void> {
    if (at === this.first && !this.#done) {
      await StepProfile.#current?.end();
      this.#recording = recordProfile();
      StepProfile.#current = this;
    }
    this.#recording?.step(step);
  }

  /** What follows until `stepEnd` is no part of the step. */
  stepOver(): void {
    this.#recording?.step();
  }

  async stepEnd(at: number): Promise<void> {
    this.stepOver();
    if (at >= this.last) await this.end();
  }

  /** Writes what there is. Calling it again does nothing. */
  async end(): Promise<void> {
    const recording = this.#recording;
    if (recording === undefined) return;
    this.#recording = undefined;
    this.#done = true;
    if (StepProfile.#current === this) StepProfile.#current = undefined;
    writeProfile(this.directory, await recording.end(), new Date());
  }
}

/**
 * @param space a serialized XSpace
 * The layout is that of TensorFlow's own profiler: plugins/profile/TIME/HOST.xplane.pb.
 */
function writeProfile(directory: string, space: Uint8Array, now: Date): void {
  const time = now.toISOString().slice(0, 19).replace(/[-T:]/g, '_');
  const folder = join(directory, 'plugins', 'profile', time);
  mkdirSync(folder, {recursive: true});
  const file = join(folder, `${hostname()}.xplane.pb`);
  writeFileSync(`${file}.part`, space);
  renameSync(`${file}.part`, file);
}
