#!/usr/bin/env node
// The only plain JavaScript of the project: it must run before anything is installed. It installs the npm packages,
// compiles the workspace, and hands over to scripts/src/cli.ts.
import {execFileSync, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const home = process.env.INGOT_HOME ?? join(root, '.ingot');
const [command = 'start', ...args] = process.argv.slice(2);

function fail(message) {
  console.error(`\n  ✗ ${message}\n`);
  process.exit(1);
}

const [major, minor] = process.versions.node.split('.').map(Number);
const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
if (!supported) {
  fail(
    `Ingot needs Node 20.19, 22.12, 24 or newer; this is ${process.versions.node}. Install one, e.g. with \`nvm install 22\`.`,
  );
}

/** Runs a program with its output passed on, and ends this process with the program's status when it fails. */
function run(what, program, programArgs) {
  console.log(`  … ${what}`);
  const started = Date.now();
  try {
    execFileSync(program, programArgs, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    });
  } catch (error) {
    fail(`${what} failed (${program} ${programArgs.join(' ')}): ${error.message.split('\n')[0]}`);
  }
  console.log(`  ✓ ${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

function installPackages() {
  const key = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(process.versions.modules)
    .digest('hex');
  const stamp = join(root, 'node_modules', '.ingot-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  run('Installing npm packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  mkdirSync(dirname(stamp), {recursive: true});
  writeFileSync(stamp, key);
}

if (command === 'clean' && !existsSync(join(root, 'scripts/lib/cli.js'))) {
  console.log('  ✓ Nothing is built.');
  process.exit(0);
}
if (command !== 'clean') {
  installPackages();
  run('Compiling TypeScript', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--build']);
}

// A child process, so that its options can be set and its exit code is the command's. Signals of a terminal reach it
// by itself; others are passed on.
const child = spawn(process.execPath, [join(root, 'scripts/lib/cli.js'), command, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: {...process.env, INGOT_HOME: home},
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
// npm passes no signal on when it is killed itself: its end is a wish to stop, too.
if (process.env.npm_lifecycle_event !== undefined) {
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) child.kill('SIGTERM');
  }, 1000).unref();
}
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
