import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';

/** A process that trains a model for an epoch for each line with its name, and answers with two numbers. */
export function startPeer(command, args) {
  const child = spawn(command, args, {stdio: ['pipe', 'pipe', 'ignore']});
  const answers = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  return {
    async epoch(name) {
      child.stdin.write(`${name}\n`);
      const {value, done} = await answers.next();
      if (done) throw new Error(`${command} ${args.join(' ')} ended during "${name}"`);
      const [wall, cpu] = value.split(' ').map(Number);
      return {wall, cpu};
    },
    end: () => child.stdin.end(),
  };
}
