/** Why the native library cannot be built, with what to do about it. */
export class NativeBuildError extends Error {
  override readonly name = 'NativeBuildError';
}
