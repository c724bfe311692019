/** The longest that Node's timers know, in ms; what is set for later goes off at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls `act` after so many ms; never when that is later than timers know. */
export function after(ms: number, act: () => void): NodeJS.Timeout | undefined {
  const whole = Math.max(0, Math.ceil(ms));
  return whole > LONGEST_TIMER_MS ? undefined : setTimeout(act, whole);
}
