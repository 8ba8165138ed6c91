// Takes a multipart/x-mixed-replace stream apart (RFC 2046 §5.1), however its chunks are cut. Pure: bytes in, parts out.

export interface Part {
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

/** A stream that cannot be what it says it is: it is no use to read on. */
export class MultipartError extends Error {
  constructor(reason: string) {
    super(`the live pictures cannot be read: ${reason}`);
    this.name = "MultipartError";
  }
}

/** The boundary in a `content-type`, without its dashes; null when it is no multipart. */
export function boundaryOf(contentType: string | null): string | null {
  if (contentType === null || !/^multipart\//i.test(contentType.trim())) return null;
  const match = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}

const CR = 13;
const LF = 10;
const DASH = 45;
const MAX_HEADER_BYTES = 8192;
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Feed it chunks; it gives back the parts that they complete. A part without `content-length` ends at the next boundary. */
export class MultipartReader {
  readonly #delimiter: Uint8Array;
  #buffer = new Uint8Array(0);
  #headers: Map<string, string> | null = null;
  #began = false;
  #ended = false;

  constructor(boundary: string) {
    this.#delimiter = new TextEncoder().encode(`--${boundary}`);
  }

  /** Whether the closing boundary has come. */
  get ended(): boolean {
    return this.#ended;
  }

  push(chunk: Uint8Array): Part[] {
    this.#buffer = joined(this.#buffer, chunk);
    const parts: Part[] = [];
    while (!this.#ended) {
      if (this.#headers === null && !this.#readHead()) break;
      const part = this.#readBody();
      if (part === null) break;
      parts.push(part);
    }
    return parts;
  }

  /** The delimiter and the headers after it; false while they are not all here. */
  #readHead(): boolean {
    // Before the first delimiter there may be a preamble, and after a body of known length a line break.
    const at = indexOf(this.#buffer, this.#delimiter, 0);
    if (at === -1) {
      if (this.#buffer.length > MAX_HEADER_BYTES) throw new MultipartError(this.#began ? "no boundary" : "no part");
      return false;
    }
    const after = at + this.#delimiter.length;
    if (this.#buffer.length < after + 2) return false;
    if (this.#buffer[after] === DASH && this.#buffer[after + 1] === DASH) {
      this.#ended = true;
      return false;
    }
    const end = indexOf(this.#buffer, BLANK_LINE, after);
    if (end === -1) {
      if (this.#buffer.length - after > MAX_HEADER_BYTES) throw new MultipartError("headers without an end");
      return false;
    }
    this.#headers = headersIn(new TextDecoder().decode(this.#buffer.subarray(after, end)));
    this.#buffer = this.#buffer.slice(end + BLANK_LINE.length);
    this.#began = true;
    return true;
  }

  #readBody(): Part | null {
    const headers = this.#headers ?? new Map<string, string>();
    const length = Number.parseInt(headers.get("content-length") ?? "", 10);
    const end = Number.isNaN(length) ? this.#endByBoundary() : this.#buffer.length >= length ? length : -1;
    if (length > MAX_BODY_BYTES || this.#buffer.length > MAX_BODY_BYTES + MAX_HEADER_BYTES) {
      throw new MultipartError("a picture without an end");
    }
    if (end === -1) return null;
    const body = this.#buffer.slice(0, end);
    this.#buffer = this.#buffer.slice(end);
    this.#headers = null;
    return { headers, body };
  }

  #endByBoundary(): number {
    const at = indexOf(this.#buffer, this.#delimiter, 0);
    if (at === -1) return -1;
    // The line break before a delimiter belongs to the delimiter.
    if (this.#buffer[at - 1] !== LF) return at;
    return this.#buffer[at - 2] === CR ? at - 2 : at - 1;
  }
}

const BLANK_LINE = new Uint8Array([CR, LF, CR, LF]);

function joined(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const first = wanted[0] as number;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}

function headersIn(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}
