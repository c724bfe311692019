import {KERNEL_CASES} from './kernel-cases.js';
import {saveCases} from './save-cases.js';

await saveCases(process.argv[2] as string, KERNEL_CASES);
