/** Makes text safe inside HTML and SVG, attribute values included. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};
  return text.replace(/[&<>"']/g, character => entities[character] ?? character);
}

const isNumeric = (text: string) => /^[-+−]?[\d,.]+(–\d+)? ?%?$/.test(text);

/** A table in JupyterLab's own style: numbers to the right, the rest to the left. */
export function htmlTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    row
      .map(cell => `<${tag} style="text-align:${isNumeric(cell) ? 'right' : 'left'}">${escapeHtml(cell)}</${tag}>`)
      .join('');
  const body = rows.map(row => `<tr>${cells('td', row)}</tr>`).join('');
  return `<table><thead><tr>${cells('th', header)}</tr></thead><tbody>${body}</tbody></table>`;
}

/** The same table for a terminal: columns as wide as their widest cell. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (isNumeric(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map(width => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
