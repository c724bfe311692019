import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

export interface Embedding {
  /** Shown in the dashboard; letters, digits, `_`, `-` and `.`. */
  readonly name: string;
  /** One vector per row; all of the same length. */
  readonly vectors: readonly ArrayLike<number>[];
  /** A label for each vector, or several columns by name. */
  readonly labels?: readonly string[] | Readonly<Record<string, readonly string[]>>;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Puts vectors into the folder of a run for the projector dashboard, beside those of other names that are there.
 * @throws Error when the vectors or labels do not fit together
 */
export function writeEmbedding(directory: string, {name, vectors, labels}: Embedding): void {
  if (!NAME.test(name))
    throw new Error(`"${name}" cannot be the name of an embedding: use letters, digits, "_", "-" and "."`);
  const width = vectors[0]?.length ?? 0;
  const odd = vectors.findIndex(vector => vector.length !== width);
  if (width === 0 || odd !== -1) {
    throw new Error(
      `The embedding "${name}" needs vectors of one length: ${odd === -1 ? 'it has none' : `row ${odd} has another`}`,
    );
  }
  mkdirSync(directory, {recursive: true});
  const files = {tensor_path: `${name}.vectors.tsv`, ...(labels && {metadata_path: `${name}.labels.tsv`})};
  replace(join(directory, files.tensor_path), vectors.map(vector => Array.from(vector).join('\t')).join('\n') + '\n');
  if (files.metadata_path && labels)
    replace(join(directory, files.metadata_path), metadata(name, labels, vectors.length));
  const config = join(directory, 'projector_config.pbtxt');
  const others = existsSync(config) ? readFileSync(config, 'utf8').split(/(?<=^})\n/m) : [];
  const entry = [
    `embeddings {`,
    `  tensor_name: "${name}"`,
    ...Object.entries(files).map(([key, file]) => `  ${key}: "${file}"`),
    '}',
  ].join('\n');
  replace(
    config,
    [...others.filter(other => other.trim() !== '' && !other.includes(`tensor_name: "${name}"\n`)), entry].join('\n') +
      '\n',
  );
}

/** The projector takes one column without a heading, several with one. */
function metadata(name: string, labels: NonNullable<Embedding['labels']>, rows: number): string {
  const columns = Array.isArray(labels)
    ? {label: labels as readonly string[]}
    : (labels as Readonly<Record<string, readonly string[]>>);
  for (const [column, values] of Object.entries(columns)) {
    if (values.length !== rows)
      throw new Error(`The embedding "${name}" has ${rows} vectors but ${values.length} of "${column}"`);
  }
  const clean = (text: string) => text.replace(/[\t\r\n]/g, ' ');
  const names = Object.keys(columns);
  const lines = Array.from({length: rows}, (_, row) =>
    names.map(column => clean(columns[column]?.[row] ?? '')).join('\t'),
  );
  return (names.length > 1 ? [names.map(clean).join('\t'), ...lines] : lines).join('\n') + '\n';
}

function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
