import {createRequire} from 'node:module';
import {PROTOCOL_VERSION} from '../wire/message.js';

const require = createRequire(import.meta.url);
const {version} = require('../../package.json') as {version: string};
const typescript = (require('typescript/package.json') as {version: string}).version;

/** https://jupyter-client.readthedocs.io/en/stable/messaging.html#kernel-info */
export const KERNEL_INFO = {
  status: 'ok',
  protocol_version: PROTOCOL_VERSION,
  implementation: 'ingot',
  implementation_version: version,
  language_info: {
    name: 'typescript',
    version: typescript,
    mimetype: 'text/typescript',
    file_extension: '.ts',
    codemirror_mode: {name: 'javascript', typescript: true},
    pygments_lexer: 'typescript',
    nbconvert_exporter: 'script',
  },
  banner: `Ingot ${version}: TypeScript ${typescript} on Node.js ${process.version}`,
  help_links: [
    {text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/'},
    {text: 'TensorFlow.js', url: 'https://js.tensorflow.org/api/latest/'},
    {text: 'Node.js', url: 'https://nodejs.org/api/'},
  ],
  debugger: true,
  supported_features: ['debugger'],
};
