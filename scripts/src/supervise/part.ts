/** One long-running process of the platform, as the supervisor needs to know it. */
export interface Part {
  /** Names its log file and its lines on the terminal. */
  readonly name: string;
  readonly title: string;
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Written to the program's standard input, then closed: for what must not be seen in a process list. */
  readonly input?: string;
  /** Resolves when the part answers; rejects with why it does not. Called again and again. */
  readonly healthy: () => Promise<void>;
  /** How long a start may take before it counts as failed, in milliseconds. */
  readonly startWithinMs: number;
  /** How to ask it to stop. */
  readonly stopSignal: NodeJS.Signals;
}
