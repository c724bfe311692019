/** Progress for a person at a terminal: one line a step, said when it begins and when it ends. */
export interface Steps {
  /** Runs one step; several may run at once. `detail` may be called with what it is doing now. */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  line(text: string): void;
  /** Each finished step with its seconds, in order. */
  readonly timings: readonly {readonly title: string; readonly seconds: number}[];
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** On a terminal the last line shows what is under way; elsewhere (a log, CI) every line stays. */
export function createSteps(out: Output = process.stdout, now: () => number = Date.now): Steps {
  const timings: {title: string; seconds: number}[] = [];
  const active = new Map<symbol, string>();
  const live = out.isTTY === true;

  function say(text: string): void {
    out.write(live ? `\r\x1b[2K${text}\n` : `${text}\n`);
    showActive();
  }

  function showActive(): void {
    if (!live || active.size === 0) return;
    const text = `  … ${[...active.values()].join(', ')}`;
    out.write(`\r\x1b[2K${text.slice(0, (out.columns ?? 80) - 1)}`);
  }

  return {
    timings,
    line: say,
    async step(title, work) {
      const started = now();
      const key = Symbol(title);
      active.set(key, title);
      if (live) showActive();
      else say(`  … ${title}`);
      const detail = (text: string): void => {
        const short = text.trim().split('\n').at(-1)?.slice(0, 100) ?? '';
        const shown = short === '' ? title : `${title}: ${short}`;
        if (active.get(key) === shown) return;
        active.set(key, shown);
        if (live) showActive();
        else if (short !== '') say(`      ${short}`);
      };
      const end = (line: (seconds: number) => string): void => {
        active.delete(key);
        say(line((now() - started) / 1000));
      };
      try {
        const result = await work(detail);
        end(seconds => {
          timings.push({title, seconds});
          return `  ✓ ${title} (${seconds.toFixed(1)} s)`;
        });
        return result;
      } catch (error) {
        end(() => `  ✗ ${title}`);
        throw error;
      }
    },
  };
}
