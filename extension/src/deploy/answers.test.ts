import {expect, test} from '@jest/globals';
import {gold} from '../testing/fakes.js';
import {describe} from './answers.js';

test('a model is told from another by its size, its shapes and its figures', () => {
  const metrics = {loss: 0.123456, validation_loss: 0.2, mae_1: 12.3456, mae_7: 3};
  const ports = {inputs: ['a: float32 [?]', 'b: int32 [?]'], outputs: ['c: float32 [?, 3]']};
  expect(describe({...gold, ...ports, metrics})).toBe(
    `gold · ${(1234).toLocaleString()} parameters · a: float32 [?], b: int32 [?] → c: float32 [?, 3] · ` +
      'loss 0.123 · validation_loss 0.2 · mae_1 12.3',
  );
  expect(describe({...gold, parameters: 0})).toBe('gold · prices: float32 [?, 60] → forecast');
});
