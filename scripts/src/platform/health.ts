import net from 'node:net';

/** Checks by which the supervisor knows that a part answers. Each rejects with why it does not. */

export function answers(url: string, headers: Readonly<Record<string, string>> = {}): () => Promise<void> {
  return async () => {
    await getJson(url, headers);
  };
}

/** @throws Error with the status or the reason why nothing answered. */
export async function getJson(url: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const response = await fetch(url, {headers, signal: AbortSignal.timeout(5_000)}).catch((error: Error) => {
    throw new Error(`nothing answers on ${withoutQuery(url)} (${describe(error)})`);
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${withoutQuery(url)} answered ${response.status}: ${text.slice(0, 200)}`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The queue server: speaks RESP just enough to log in and ping. */
export function queueAnswers(port: number, password: string): () => Promise<void> {
  return () =>
    new Promise((resolve, reject) => {
      const socket = net.connect({port, host: '127.0.0.1', timeout: 2_000});
      let seen = '';
      socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
      socket.setEncoding('utf8').on('data', (text: string) => {
        seen += text;
        if (seen.includes('+PONG')) {
          socket.destroy();
          resolve();
        } else if (/^-/m.test(seen)) {
          socket.destroy();
          reject(new Error(`the queue answered ${seen.trim()}`));
        }
      });
      socket.on('timeout', () => socket.destroy(new Error('the queue did not answer in 2 s')));
      socket.on('error', error => reject(new Error(`nothing answers on port ${port} (${describe(error)})`)));
    });
}

function withoutQuery(url: string): string {
  return url.split('?')[0] ?? url;
}

function describe(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? (error as NodeJS.ErrnoException).code ?? error.message;
}
