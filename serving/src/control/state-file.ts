import Type from 'typebox';
import {Check, Errors} from 'typebox/value';
import type {ShadowOrder} from '../traffic/shadow.js';
import type {ModelControl} from './control.js';

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
    weights: Type.Optional(Type.Record(Type.String({pattern: VERSION_PATTERN}), Type.Number({minimum: 0}))),
    stickyHeader: Type.Optional(Type.String()),
    shadow: Type.Optional(
      Type.Object({version: Version, percent: Type.Number(), absolute: Type.Number(), relative: Type.Number()}),
    ),
  },
  {additionalProperties: false},
);

export function writeState(model: string, control: ModelControl): string {
  const {pin, labels, held, unloaded, weights, shadow} = control;
  const sticky = weights?.stickyHeader ?? null;
  const state: Type.Static<typeof StateFile> = {
    formatVersion: 1,
    model,
    ...(pin !== null && {pin: String(pin)}),
    ...(labels.size > 0 && {labels: Object.fromEntries([...labels].map(([label, v]) => [label, String(v)]))}),
    ...(held.size > 0 && {held: [...held].map(String)}),
    ...(unloaded && {unloaded}),
    ...(weights !== null && {weights: Object.fromEntries(weights.shares)}),
    ...(sticky !== null && {stickyHeader: sticky}),
    ...(shadow !== null && {
      shadow: {version: String(shadow.version), percent: shadow.percent, ...shadow.tolerance},
    }),
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
  const {model, pin, labels = {}, held = [], unloaded = false, weights, stickyHeader = null, shadow} = state;
  const control: ModelControl = {
    pin: pin === undefined ? null : BigInt(pin),
    labels: new Map(Object.entries(labels).map(([label, version]) => [label, BigInt(version)])),
    held: new Set(held.map(BigInt)),
    unloaded,
    weights: weights === undefined ? null : {shares: readShares(weights), stickyHeader},
    shadow: shadow === undefined ? null : readShadow(shadow),
  };
  return {model, control};
}

/** Versions as text, as JSON has them, to numbers. */
export function readShares(weights: Readonly<Record<string, number>>): Map<bigint, number> {
  return new Map(Object.entries(weights).map(([version, share]) => [BigInt(version), share]));
}

function readShadow(shadow: NonNullable<Type.Static<typeof StateFile>['shadow']>): ShadowOrder {
  const {version, percent, absolute, relative} = shadow;
  return {version: BigInt(version), percent, tolerance: {absolute, relative}};
}
