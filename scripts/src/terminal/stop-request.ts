/** The wish to stop: Ctrl-C, SIGTERM, or the terminal's end. A second Ctrl-C does not cut a clean stop short. */
export interface StopRequest {
  readonly requested: Promise<void>;
  readonly signal: AbortSignal;
}

export function stopRequest(): StopRequest {
  const controller = new AbortController();
  const requested = new Promise<void>(resolve => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        controller.abort(new Error('stopped'));
        resolve();
      });
    }
  });
  return {requested, signal: controller.signal};
}
