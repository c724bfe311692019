import type {Deployment} from '@ingot/deployer/deployment';
import {deployment} from '../testing/fakes.js';
import {Problem} from './errors.js';
import {follow, type DeploymentSource} from './follow.js';

const away = new Problem('The deployer does not answer.', '', 'unreachable');

async function states(source: DeploymentSource, patience = 3): Promise<string[]> {
  const seen: string[] = [];
  const signal = new AbortController().signal;
  for await (const {state} of follow(source, 'd1', {signal, delay: async () => {}, patience})) seen.push(state);
  return seen;
}

async function* stream(...events: (Deployment | Error)[]): AsyncGenerator<Deployment> {
  for (const event of events) {
    if (event instanceof Error) throw event;
    yield event;
  }
}

it('is pushed to the end by the stream alone', async () => {
  const source = {
    events: () => stream(deployment('queued'), deployment('checking'), deployment('live')),
    deployment: () => Promise.reject(away),
  };
  expect(await states(source)).toEqual(['queued', 'checking', 'live']);
});

it('asks when a proxy has cut the stream, and takes the stream up again', async () => {
  const streams = [stream(deployment('queued'), away), stream(deployment('verifying'), deployment('failed'))];
  const source = {
    events: () => streams.shift() ?? stream(),
    deployment: async () => deployment('publishing'),
  };
  expect(await states(source)).toEqual(['queued', 'publishing', 'verifying', 'failed']);
});

it('waits out a deployer that is restarted', async () => {
  const answers = [away, away, deployment('live')];
  const source = {
    events: () => stream(away),
    deployment: async () => {
      const answer = answers.shift();
      if (answer === undefined || answer instanceof Error) throw answer;
      return answer;
    },
  };
  expect(await states(source)).toEqual(['live']);
});

it('gives up on a deployer that stays away', async () => {
  const source = {events: () => stream(away), deployment: () => Promise.reject(away)};
  await expect(states(source)).rejects.toBe(away);
});

it('does not ask again for a deployment that is not there', async () => {
  let asked = 0;
  const source = {
    events: () => {
      asked += 1;
      return stream(new Problem('There is no deployment "d1".', '', 'no_such_deployment'));
    },
    deployment: () => Promise.reject(away),
  };
  await expect(states(source)).rejects.toThrow('no deployment');
  expect(asked).toBe(1);
});
