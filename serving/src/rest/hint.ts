/** What is wrong with a request that has no route, and what to write instead. The first that matches is told. */
const HINTS: readonly (readonly [wrong: RegExp, hint: string])[] = [
  [/\/$/, 'leave out the slash at the end'],
  [/\/version\//i, 'write /versions/NUMBER'],
  [/\/label\//i, 'write /labels/LABEL'],
  [/\/versions\/[^/]+\/labels\/|\/labels\/[^/]+\/versions\//i, 'give a version or a label, not both'],
  [/\/versions\/(?!\d+([/:]|$))/i, 'a version is a whole number; labels are asked for by /labels/LABEL'],
  [/^GET \S+:(predict|classify|regress)$/i, 'send it with POST'],
  [/^POST \S+:(predict|classify|regress)$/i, 'write predict, classify and regress in lower case'],
  [
    /^POST \/v1\/models\/[^:]+$/i,
    'add :predict, :classify or :regress to the path, or send GET for the state of the model',
  ],
  [/^(PUT|DELETE|PATCH|HEAD)/, 'send GET or POST'],
];

const ALL =
  'POST /v1/models/MODEL[/versions/N|/labels/L]:predict (or :classify, :regress), ' +
  'GET /v1/models[/MODEL[/versions/N|/labels/L][/metadata]]; GET /docs shows all';

/**
 * What the client probably meant, in ASCII. It goes into a header: the text of the error is TensorFlow Serving's.
 * @param path without its query
 */
export function hintFor(method: string, path: string): string {
  const request = `${method} ${path}`;
  return HINTS.find(([wrong]) => wrong.test(request))?.[1] ?? ALL;
}
