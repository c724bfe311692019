import {UNCOUNTED_BYTES} from '../admission/body-budget.js';
import {Cancellation} from '../deadline/cancellation.js';
import type {Respond} from '../http1/connection.js';
import type {PlainHead} from '../http1/head.js';
import {answer, flatten, type Handler} from './answer.js';
import type {HttpOptions} from './options.js';

/**
 * Who answers requests with such a head; null when node:http is to see to them, as it does to all that are refused before
 * their body is read, and to bodies that the server's budget counts.
 */
export function plainResponder(
  choose: (target: string) => Handler | null,
  {budget, gate, maxBodyBytes}: HttpOptions,
  {method, target, headers, bodyBytes}: PlainHead,
): Respond | null {
  if (bodyBytes > Math.min(maxBodyBytes, UNCOUNTED_BYTES)) return null;
  const handler = choose(target);
  if (handler === null || !gate.admits(headers['authorization'], target.split('?', 1)[0] as string)) return null;
  return (body, arrivedAt, connection) => {
    const reservation = budget.reserve();
    reservation.grow(body.length);
    const signal = new Cancellation();
    connection.onGone = () => signal.abort();
    const request = {method, target, headers, body, arrivedAt, signal, reservation};
    answer(handler, request, ({status, headers: given, body: text}, onSent) =>
      connection.answer(status, flatten(given), text, onSent),
    );
  };
}
