import Type, {type Static} from 'typebox';

/** What every other file of a version folder must hash to. Written last, as `assets.extra/checksums.json`. */
export const Checksums = Type.Object({
  formatVersion: Type.Literal(1),
  /** By path relative to the version folder, with forward slashes. */
  files: Type.Record(
    Type.String(),
    Type.Object({sha256: Type.String({pattern: '^[0-9a-f]{64}$'}), bytes: Type.Integer({minimum: 0})}),
  ),
});
export type Checksums = Static<typeof Checksums>;
