import Type from 'typebox';
import {Check, Errors} from 'typebox/value';
import {NO_CONTROL, type ModelControl} from './control.js';

/** How a model's control is written down: one JSON file a model. Versions are decimal text, as in TensorFlow Serving's REST. */

export const VERSION_PATTERN = '^-?\\d{1,19}$';
const Version = Type.String({pattern: VERSION_PATTERN});

const StateFile = Type.Object(
  {
    formatVersion: Type.Literal(1),
    model: Type.String(),
    pin: Type.Optional(Version),
    labels: Type.Optional(Type.Record(Type.String(), Version)),
    held: Type.Optional(Type.Array(Version)),
    unloaded: Type.Optional(Type.Boolean()),
  },
  {additionalProperties: false},
);

export function writeState(model: string, {pin, labels, held, unloaded}: ModelControl): string {
  const state: Type.Static<typeof StateFile> = {
    formatVersion: 1,
    model,
    ...(pin !== null && {pin: String(pin)}),
    ...(labels.size > 0 && {labels: Object.fromEntries([...labels].map(([label, v]) => [label, String(v)]))}),
    ...(held.size > 0 && {held: [...held].map(String)}),
    ...(unloaded && {unloaded}),
  };
  return `${JSON.stringify(state, null, 2)}\n`;
}

/** @throws Error that says what is wrong with the text. */
export function readState(text: string): {model: string; control: ModelControl} {
  const state: unknown = JSON.parse(text);
  if (!Check(StateFile, state)) {
    const [first] = Errors(StateFile, state);
    throw new Error(`${first?.instancePath || 'the file'} ${first?.message ?? 'is not as it must be'}`);
  }
  const {model, pin, labels = {}, held = [], unloaded = false} = state;
  const control: ModelControl = {
    ...NO_CONTROL,
    pin: pin === undefined ? null : BigInt(pin),
    labels: new Map(Object.entries(labels).map(([label, version]) => [label, BigInt(version)])),
    held: new Set(held.map(BigInt)),
    unloaded,
  };
  return {model, control};
}
