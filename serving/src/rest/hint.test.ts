import {findRoute, MalformedError} from './route.js';

test.each([
  ['GET /v1/models/gold/', 'slash'],
  ['POST /v1/models/gold/version/2:predict', '/versions/NUMBER'],
  ['POST /v1/models/gold/label/stable:predict', '/labels/LABEL'],
  ['POST /v1/models/gold/versions/2/labels/stable:predict', 'not both'],
  ['POST /v1/models/gold/versions/stable:predict', 'whole number'],
  ['GET /v1/models/gold:predict?a=1', 'POST'],
  ['POST /v1/models/gold:Predict', 'lower case'],
  ['POST /v1/models/gold', ':predict'],
  ['PUT /v1/models/gold', 'GET or POST'],
  ['GET /v1/foo', '/docs'],
])('%s is told what to write instead', (request, hint) => {
  const [method = '', target = ''] = request.split(' ');
  const find = (): unknown => findRoute(method, target);
  expect(find).toThrow(MalformedError);
  expect(find).toThrow(`Malformed request: ${request}`);
  expect(find).toThrow(expect.objectContaining({hint: expect.stringContaining(hint) as string}) as Error);
});
