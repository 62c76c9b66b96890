import type { IndexedDocument } from '../indexed-document';

/** Bytes of a decoded document beside its terms: objects, texts, short lists. */
const DOCUMENT_BYTES = 1500;

interface Kept {
  document: IndexedDocument;
  sequence: number;
  bytes: number;
}

/** Documents that were read lately, oldest first. Whoever takes one must know which version of it is the right one. */
export class DocumentCache {
  private readonly documents = new Map<string, Kept>();
  private bytes = 0;

  /** @param maxBytes How much is kept, estimated. */
  constructor(private readonly maxBytes: number) {}

  /** The document of an index in that version; `null` where it is not known. */
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
