import {expect, test} from '@jest/globals';
import {DatePicker, Dropdown, FloatLogSlider, IntRangeSlider, IntSlider, SelectMultiple, VBox} from './index.js';

/** Outside a notebook: the same code runs in a script. */

test('a value set by code is heard of once, and not when it is the same', async () => {
  const slider = new IntSlider({value: 7, max: 20});
  const heard: [number, number][] = [];
  const stop = slider.observe(({value, old}) => void heard.push([value, old]));
  slider.value = 9;
  slider.value = 9;
  stop();
  slider.value = 10;
  expect([slider.value, heard]).toEqual([10, [[9, 7]]]);
});

test('a choice gives the value that its label stands for, and refuses what is none', () => {
  const dropdown = new Dropdown({options: {Gold: 79, Silver: 47}, value: 47});
  expect(dropdown.value).toBe(47);
  dropdown.value = 79;
  expect(dropdown.value).toBe(79);
  expect(() => (dropdown.value = 29)).toThrow('29 is none of the options: 79, 47.');
  expect(dropdown.value).toBe(79);
  expect(() => new Dropdown({options: []})).toThrow('needs at least one option');
});

test('several choices, ranges, powers and days have values of their own types', () => {
  expect(new SelectMultiple({options: ['a', 'b', 'c'], value: ['c', 'a']}).value).toEqual(['c', 'a']);
  expect(new IntRangeSlider({min: 100, max: 200}).value).toEqual([125, 175]);
  expect(new FloatLogSlider({min: -4, max: 0}).value).toBeCloseTo(1e-4);
  const leapDay = new Date('2024-02-29');
  expect(new DatePicker({value: leapDay}).value).toEqual(leapDay);
  expect(new DatePicker().value).toBeNull();
});

test('a widget without a front end is shown as text', () => {
  const shown = (widget: object) =>
    (widget as Record<symbol, () => Record<string, unknown>>)[Symbol.for('Jupyter.display')]?.();
  const slider = new IntSlider({value: 7, description: 'Days'});
  expect(shown(slider)).toEqual({'text/plain': 'IntSlider(value=7, description="Days")'});
  expect(shown(new VBox([slider]))).toEqual({'text/plain': 'VBox(1 children)'});
});
