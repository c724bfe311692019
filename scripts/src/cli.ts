/** The commands of package.json's scripts; scripts/bootstrap.mjs has installed and compiled before it comes here. */
const COMMANDS: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<number>>>> = {
  part: async () => (await import('./commands/part.js')).part,
  start: async () => (await import('./commands/start.js')).start,
  gold: async () => (await import('./gold/command.js')).gold,
  test: async () => (await import('./test/command.js')).test,
  build: async () => (await import('./commands/tools.js')).build,
  lint: async () => (await import('./commands/tools.js')).lint,
  bench: async () => (await import('./commands/tools.js')).bench,
  clean: async () => (await import('./commands/tools.js')).clean,
  vectors: async () => (await import('./commands/tools.js')).vectors,
  fuzz: async () => (await import('./commands/tools.js')).fuzz,
  reference: async () => (await import('./commands/tools.js')).reference,
  prepare: async () => (await import('./commands/tools.js')).prepare,
  'test:gpu': async () => (await import('./commands/tools.js')).testGpu,
};

const [name = '', ...args] = process.argv.slice(2);
const load = COMMANDS[name];
if (load === undefined) {
  console.error(`  ✗ There is no command "${name}". There are: ${Object.keys(COMMANDS).join(', ')}`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await (await load())(args);
  } catch (error) {
    console.error(`\n  ✗ ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env['INGOT_DEBUG'] !== undefined) console.error(error);
    process.exitCode = 1;
  }
}
