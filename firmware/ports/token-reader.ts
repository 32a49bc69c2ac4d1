/** Something at the door that reads a courier's code: a QR module, an NFC reader. */
export interface TokenReader {
  /** Starts, and gives each text as it was read; a fault when the reader goes or comes back. */
  start(listener: (event: ReaderEvent) => void): void;
  close(): Promise<void>;
}

export type ReaderEvent =
  | { readonly type: 'reader.text'; readonly text: string }
  | { readonly type: 'reader.lost'; readonly reason: string }
  | { readonly type: 'reader.ready' };
