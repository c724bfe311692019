/** Progress for a person at a terminal: one line a step, said when it begins and when it ends. */
export interface Steps {
  /** Runs one step; `detail` may be called with what it is doing now. */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  line(text: string): void;
  /** Each finished step with its seconds, in order. */
  readonly timings: readonly {readonly title: string; readonly seconds: number}[];
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export function createSteps(out: Output = process.stdout, now: () => number = Date.now): Steps {
  const timings: {title: string; seconds: number}[] = [];
  const live = out.isTTY === true;
  const clear = live ? '\r\x1b[2K' : '';
  return {
    timings,
    line: text => void out.write(`${text}\n`),
    async step(title, work) {
      const started = now();
      out.write(`  … ${title}${live ? '' : '\n'}`);
      let last = '';
      const detail = (text: string): void => {
        const short = text.trim().split('\n').at(-1)?.slice(0, 100) ?? '';
        if (short === '' || short === last) return;
        last = short;
        out.write(live ? `${clear}  … ${title}: ${short}` : `      ${short}\n`);
      };
      try {
        const result = await work(detail);
        const seconds = (now() - started) / 1000;
        timings.push({title, seconds});
        out.write(`${clear}  ✓ ${title} (${seconds.toFixed(1)} s)\n`);
        return result;
      } catch (error) {
        out.write(`${clear}  ✗ ${title}\n`);
        throw error;
      }
    },
  };
}
