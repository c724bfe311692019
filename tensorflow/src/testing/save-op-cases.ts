import {OP_CASES} from './op-cases.js';
import {saveCases} from './save-cases.js';

await saveCases(process.argv[2] as string, OP_CASES);
