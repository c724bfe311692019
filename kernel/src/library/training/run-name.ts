const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * "<name>/<time>": the folder of a TensorBoard run, relative to the log folder; later runs sort after earlier ones.
 * @throws RangeError when the name could not name a folder and a served model.
 */
export function runName(name: string, now: Date): string {
  checkName(name);
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').replace('.', '-').replace('Z', '');
  return `${name}/${time}`;
}

/** @throws RangeError when a model cannot have this name. */
export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new RangeError(
    `"${name}" cannot name a model: use up to 128 letters, digits, dots, dashes and underscores, a letter or digit first.`,
  );
}
