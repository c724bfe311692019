/** Jupyter counts a cursor's position in Unicode characters; JavaScript's strings count UTF-16 units. */
export function utf16Offset(text: string, codePoints: number): number {
  return [...text].slice(0, Math.max(0, codePoints)).join('').length;
}

export function codePointOffset(text: string, utf16: number): number {
  return [...text.slice(0, utf16)].length;
}
