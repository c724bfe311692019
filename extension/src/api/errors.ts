/** Something went wrong that a person can be told about: what happened, and what to do. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly remedy: string,
    /** Tells problems apart in code: the deployer's own codes, `unreachable`, `bad_answer`, `kernel`. */
    readonly code: string,
  ) {
    super(message);
    this.name = 'Problem';
  }
}

/** What to show for anything that was thrown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem(
    message,
    'Try again; if it stays, the browser console and the logs of the platform tell more.',
    'unexpected',
  );
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
