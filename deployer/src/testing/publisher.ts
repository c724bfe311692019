import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {EXTRA_FILES, type Checksums, type Lineage} from '@ingot/tensorflow/contract';
import {publish} from '../publish/publish.js';

/** A process that publishes one staged folder again and again: `publisher.js MODELS STAGED PREFIX COUNT [DIE_AT]`. */
const [modelsDir = '', stagedDir = '', prefix = '', count = '0', dieAt] = process.argv.slice(2);
const read = async <T>(file: string): Promise<T> => JSON.parse(await readFile(path.join(stagedDir, file), 'utf8')) as T;
const checksums = await read<Checksums>(EXTRA_FILES.checksums);
const lineage = await read<Lineage>(EXTRA_FILES.lineage);
for (let i = 0; i < Number(count); i++) {
  const version = await publish({
    modelsDir,
    stagedDir,
    checksums,
    lineage,
    model: 'raced',
    deployment: {id: `${prefix}-${i}`, requestedAt: new Date().toISOString(), requestedBy: 'test'},
    now: () => new Date(),
    onStep: step => {
      if (step === dieAt) process.kill(process.pid, 'SIGKILL');
    },
  });
  process.stdout.write(`${version}\n`);
}
