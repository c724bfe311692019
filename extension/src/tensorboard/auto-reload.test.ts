import {followTrainings} from './auto-reload.js';

it.each([
  ['nothing', null, {autoReload: true}],
  ['other settings', '{"pageSize":3}', {pageSize: 3, autoReload: true}],
  ['a choice', '{"autoReload":false}', {autoReload: false}],
  ['rubbish', '{"auto', {autoReload: true}],
])('with %s stored', (_, stored, wanted) => {
  let text: string | null = stored;
  followTrainings({
    getItem: () => text,
    setItem: (_key, value) => {
      text = value;
    },
  });
  expect(JSON.parse(text ?? 'null')).toEqual(wanted);
});
