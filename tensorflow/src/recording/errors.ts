/**
 * A function cannot become a graph. The message names the op and, where known, the line of the user's code.
 */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}

/** Frames of the libraries between user code and an op. */
const LIBRARY_FRAME = new RegExp(
  [
    String.raw`node_modules[\\/](@tensorflow|tslib)[\\/]`,
    String.raw`[\\/(]tfjs-[\w-]+[\\/]src[\\/]`, // as tfjs's source maps have it
    String.raw`\btensorflow[\\/](lib|src)[\\/](?!testing[\\/]|.*\.test\.)`, // this package
    'node:internal',
    String.raw`\(<anonymous>\)$`, // of the JavaScript engine
  ].join('|'),
);

/**
 * The innermost stack frame that belongs to the user, as "file:line:column" with the function's name where it has one.
 */
export function userFrame(stack: string | undefined): string | undefined {
  const frames = (stack ?? '').split('\n').filter(line => /^\s+at /.test(line));
  return frames.find(line => !LIBRARY_FRAME.test(line))?.replace(/^\s+at (async )?/, '');
}

/** " at <frame>" for the end of a sentence, or nothing. */
export function at(stack: string | undefined): string {
  const frame = userFrame(stack);
  return frame === undefined ? '' : ` at ${frame}`;
}
