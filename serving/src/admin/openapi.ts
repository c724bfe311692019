/** The REST door as OpenAPI 3.1: what a client may send and gets, with the models that are served now. */

const json = (schema: object): object => ({'application/json': {schema}});
const ref = (name: string): object => ({$ref: `#/components/schemas/${name}`});

const error = (description: string): object => ({description, content: json(ref('Error'))});
const FAILURES = {
  400: error('The request is malformed, or does not fit the signature'),
  401: error('The server wants its token, which did not come'),
  404: error('There is no such model or version'),
  413: error('The body is too large'),
  429: error('Too much is waiting'),
  501: error('The dtype has no JSON form'),
  503: error('Not now; try again'),
  504: error('It took too long'),
};
const REQUEST_FAILURES = {...FAILURES, 408: {description: 'The request took too long to arrive'}};

const anyValue = {description: 'A number, text, truth value, {"b64": text}, or a nested list of these'};

const SCHEMAS = {
  Error: {type: 'object', required: ['error'], properties: {error: {type: 'string'}}},
  PredictRequest: {
    description: 'Rows in `instances`, or whole tensors in `inputs`; one of the two',
    oneOf: [
      {
        type: 'object',
        required: ['instances'],
        properties: {signature_name: {type: 'string'}, instances: {type: 'array', minItems: 1, items: anyValue}},
        not: {required: ['inputs']},
      },
      {
        type: 'object',
        required: ['inputs'],
        properties: {signature_name: {type: 'string'}, inputs: anyValue},
        not: {required: ['instances']},
      },
    ],
  },
  PredictResponse: {
    oneOf: [
      {type: 'object', required: ['predictions'], properties: {predictions: {type: 'array'}}},
      {type: 'object', required: ['outputs'], properties: {outputs: anyValue}},
    ],
  },
  ExamplesRequest: {
    type: 'object',
    required: ['examples'],
    properties: {
      signature_name: {type: 'string'},
      context: {type: 'object'},
      examples: {type: 'array', minItems: 1, items: {type: 'object'}},
    },
  },
  ResultsResponse: {type: 'object', required: ['results'], properties: {results: {type: 'array'}}},
  StatusResponse: {
    type: 'object',
    required: ['model_version_status'],
    properties: {
      model_version_status: {
        type: 'array',
        items: {
          type: 'object',
          required: ['version', 'state', 'status'],
          properties: {
            version: {type: 'string'},
            state: {enum: ['UNKNOWN', 'START', 'LOADING', 'AVAILABLE', 'UNLOADING', 'END']},
            status: {
              type: 'object',
              properties: {error_code: {type: 'string'}, error_message: {type: 'string'}},
            },
          },
        },
      },
    },
  },
  InferRequest: {
    type: 'object',
    required: ['inputs'],
    properties: {
      id: {type: 'string'},
      parameters: {type: 'object'},
      inputs: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'shape', 'datatype', 'data'],
          properties: {
            name: {type: 'string'},
            shape: {type: 'array', items: {type: 'integer', minimum: 0}},
            datatype: {type: 'string'},
            data: {type: 'array'},
          },
        },
      },
      outputs: {
        type: 'array',
        items: {type: 'object', required: ['name'], properties: {name: {type: 'string'}}},
      },
    },
  },
} as const;

const ok = (schema: string, description: string): object => ({description, content: json(ref(schema))});
const body = (schema: string): object => ({required: true, content: json(ref(schema))});

type Parameter = {readonly name: string; readonly schema: object};

/** One path item for the model as such, for a version and for a label of it. */
function forTargets(
  model: Parameter,
  prefix: string,
  suffix: string,
  item: Record<string, object>,
): Record<string, object> {
  const version = {name: 'version', schema: {type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER}};
  const label = {name: 'label', schema: {type: 'string', minLength: 1}};
  const at = (...parameters: Parameter[]): object => ({
    parameters: parameters.map(parameter => ({...parameter, in: 'path', required: true})),
    ...item,
  });
  const paths: Record<string, object> = {
    [`${prefix}/models/{model}${suffix}`]: at(model),
    [`${prefix}/models/{model}/versions/{version}${suffix}`]: at(model, version),
  };
  if (prefix === '/v1') paths[`/v1/models/{model}/labels/{label}${suffix}`] = at(model, label);
  return paths;
}

/** @param models the names of the models that are there */
export function openApi(models: readonly string[]): object {
  const names = {type: 'string', ...(models.length > 0 ? {enum: models} : {pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$'})};
  const model = {name: 'model', schema: names};
  const examples = (verb: string): object => ({
    summary: `${verb} tf.Example`,
    requestBody: body('ExamplesRequest'),
    responses: {200: ok('ResultsResponse', 'One result for each example'), ...REQUEST_FAILURES},
  });
  const get = (schema: object, description: string): object => ({
    summary: description,
    responses: {200: {description, content: json(schema)}, ...FAILURES},
  });
  const health = {
    responses: {200: {description: 'Yes', content: json({type: 'object'})}, 503: {description: 'Not now'}},
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ingot model server',
      version: '1',
      description: "TensorFlow Serving's REST API, and the Open Inference Protocol V2 beside it.",
    },
    paths: {
      ...forTargets(model, '/v1', ':predict', {
        post: {
          summary: 'Ask a model',
          requestBody: body('PredictRequest'),
          responses: {200: ok('PredictResponse', "The model's answer"), ...REQUEST_FAILURES},
        },
      }),
      ...forTargets(model, '/v1', ':classify', {post: examples('Classify')}),
      ...forTargets(model, '/v1', ':regress', {post: examples('Regress with')}),
      ...forTargets(model, '/v1', '', {get: get(ref('StatusResponse'), 'The versions of a model and their states')}),
      ...forTargets(model, '/v1', '/metadata', {get: get({type: 'object'}, 'What the model takes and gives')}),
      '/v1/models': {get: get({type: 'object', required: ['models']}, 'All models; needs an Accept header')},
      '/v2': {get: get({type: 'object'}, 'The server')},
      ...forTargets(model, '/v2', '', {get: get({type: 'object'}, 'What the model takes and gives, V2')}),
      ...forTargets(model, '/v2', '/ready', {get: get({type: 'object'}, 'Whether the model answers')}),
      ...forTargets(model, '/v2', '/config', {
        get: get({type: 'object'}, "The model's configuration, for Triton's clients"),
      }),
      '/v2/repository/index': {
        post: {
          summary: "All versions of all models and whether they answer, for Triton's clients",
          requestBody: {content: json({type: 'object', properties: {ready: {type: 'boolean'}}})},
          responses: {200: {description: 'The list', content: json({type: 'array'})}, ...REQUEST_FAILURES},
        },
      },
      ...forTargets(model, '/v2', '/infer', {
        post: {
          summary: 'Ask a model, V2',
          requestBody: body('InferRequest'),
          responses: {200: {description: 'The answer', content: json({type: 'object'})}, ...REQUEST_FAILURES},
        },
      }),
      '/livez': {get: {summary: 'Does the process answer?', ...health}},
      '/readyz': {get: {summary: 'Is every wanted model AVAILABLE?', ...health}},
      '/healthz': {get: {summary: 'The same as /readyz', ...health}},
    },
    components: {schemas: SCHEMAS},
  };
}
