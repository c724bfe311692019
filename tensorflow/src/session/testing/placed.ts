/**
 * Runs all signatures of the model of placed.py, in a process that a device may have been preloaded into: node placed.js DIR
 * Prints the types of TensorFlow's devices, and by signature the ops of Ingot's that ran and how far the answer is from
 * that of the graph as it is.
 */
import {listDevices} from '../../native/device.js';
import {loadSavedModel, recordProfile} from '../index.js';

const [dir = ''] = process.argv.slice(2);
const data = Float32Array.from({length: 240}, (_, i) => Math.sin(i * i));
const inputs = {x: {dtype: 'float32', shape: [6, 5, 2, 4], data}} as const;

const [model, exact] = await Promise.all([loadSavedModel(dir), loadSavedModel(dir, {exact: true})]);
const ran: Record<string, {ops: string[]; error: number}> = {};
for (const name of Object.keys(model.signatures).filter(name => !name.startsWith('__'))) {
  const recording = recordProfile();
  const given = (await model.run(name, inputs))['y']?.data as Float32Array;
  const profile = Buffer.from(await recording.end());
  const wanted = (await exact.run(name, inputs))['y']?.data as Float32Array;
  const error = given.reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i] ?? NaN))), 0);
  ran[name] = {ops: ['IngotAttention', 'IngotLayerNorm', 'FusedMatMul'].filter(op => profile.includes(op)), error};
}
await Promise.all([model.dispose(), exact.dispose()]);
console.log(JSON.stringify({devices: listDevices().map(({type}) => type), ran}));
