import type {GoldenReport, SignatureSpec} from '@ingot/tensorflow/session';

/** What the replaying child process sends, once, before it ends. */
export type ReplayMessage =
  | {readonly type: 'replayed'; readonly signatures: Record<string, SignatureSpec>; readonly report: GoldenReport}
  | {readonly type: 'failed'; readonly message: string};
