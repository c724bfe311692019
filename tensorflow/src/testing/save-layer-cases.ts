import {LAYER_CASES} from './layer-cases.js';
import {saveCases} from './save-cases.js';

await saveCases(process.argv[2] as string, LAYER_CASES);
