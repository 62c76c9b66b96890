import type { IndexedDocument } from '../indexed-document';

/** Bytes of a decoded document without its terms: objects, texts, short lists. */
const DOCUMENT_BYTES = 1500;

interface Kept {
  document: IndexedDocument;
  sequence: number;
  bytes: number;
}

/** Recently read documents, oldest first. The caller must know which version it needs. */
export class DocumentCache {
  private readonly documents = new Map<string, Kept>();
  private bytes = 0;

  /** @param maxBytes How much is kept, estimated. */
  constructor(private readonly maxBytes: number) {}

  /** A document of an index in that version; `null` if it is not here. */
  get(index: string, id: string, sequence: number | undefined): IndexedDocument | null {
    const key = `${index} ${id}`;
    const kept = this.documents.get(key);
    if (!kept || kept.sequence !== sequence) return null;
    this.documents.delete(key);
    this.documents.set(key, kept);
    return kept.document;
  }

  set(index: string, document: IndexedDocument, sequence: number): void {
    const { id, terms } = document;
    const key = `${index} ${id}`;
    this.bytes -= this.documents.get(key)?.bytes ?? 0;
    this.documents.delete(key);
    const bytes = DOCUMENT_BYTES + terms.byteLength;
    this.documents.set(key, { document, sequence, bytes });
    this.bytes += bytes;
    for (const [oldest, kept] of this.documents) {
      if (this.bytes <= this.maxBytes) break;
      this.documents.delete(oldest);
      this.bytes -= kept.bytes;
    }
  }

  clear(): void {
    this.documents.clear();
    this.bytes = 0;
  }
}
