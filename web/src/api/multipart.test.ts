import { describe, expect, test } from "vitest";
import { boundaryOf, MultipartError, MultipartReader, type Part } from "./multipart";

/** A small generator, so that a failure can be had again by its seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const text = (value: string) => new TextEncoder().encode(value);

function together(...pieces: Uint8Array[]): Uint8Array {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

interface Sent {
  frame: number;
  body: Uint8Array;
}

function stream(sent: Sent[], { lengths = true, preamble = "" } = {}): Uint8Array {
  const parts = sent.map(({ frame, body }) =>
    together(
      text(`--frame\r\nContent-Type: image/jpeg\r\n${lengths ? `Content-Length: ${body.length}\r\n` : ""}`),
      text(`X-Frame: ${frame}\r\nX-Age-Ms: ${frame * 10}\r\n\r\n`),
      body,
      text("\r\n"),
    ),
  );
  return together(text(preamble), ...parts, text("--frame--\r\n"));
}

function readInPieces(bytes: Uint8Array, pick: (below: number) => number): Part[] {
  const reader = new MultipartReader("frame");
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + pick(40);
    parts.push(...reader.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return parts;
}

function seen(parts: Part[]) {
  return parts.map(({ headers, body }) => [headers.get("x-frame"), headers.get("x-age-ms"), [...body]]);
}

function expected(sent: Sent[]) {
  return sent.map(({ frame, body }) => [String(frame), String(frame * 10), [...body]]);
}

describe("the multipart reader", () => {
  test.each([true, false])("finds each picture whole, wherever the chunks are cut (lengths told: %s)", (lengths) => {
    for (let seed = 1; seed <= 200; seed++) {
      const pick = random(seed);
      const sent = Array.from({ length: 1 + pick(6) }, (_, frame) => ({
        frame,
        // Bytes that look like line breaks and dashes, but never the boundary itself.
        body: Uint8Array.from({ length: pick(120) }, () => [13, 10, 45, 0xff, 0xd8][pick(5)] as number),
      }));
      const parts = readInPieces(stream(sent, { lengths, preamble: pick(2) ? "\r\n" : "" }), pick);
      expect(seen(parts), `seed ${seed}`).toEqual(expected(sent));
    }
  });

  test("trusts the length: a picture may contain the boundary", () => {
    const sent = [
      { frame: 1, body: text("a\r\n--frame\r\nb") },
      { frame: 2, body: text("c") },
    ];
    expect(seen(readInPieces(stream(sent), random(7)))).toEqual(expected(sent));
  });

  test("gives a picture of known length at once, without waiting for the next one", () => {
    const reader = new MultipartReader("frame");
    const parts = reader.push(text("--frame\r\nContent-Length: 3\r\nX-Frame: 9\r\n\r\nabc"));
    expect(parts).toHaveLength(1);
    expect(reader.ended).toBe(false);
  });

  test("gives several pictures of one chunk in their order", () => {
    const sent = [1, 2, 3].map((frame) => ({ frame, body: text(`picture ${frame}`) }));
    const reader = new MultipartReader("frame");
    expect(seen(reader.push(stream(sent)))).toEqual(expected(sent));
    expect(reader.ended).toBe(true);
  });

  test("gives up on a stream that never begins, or a picture that never ends", () => {
    expect(() => new MultipartReader("frame").push(new Uint8Array(9000))).toThrow(MultipartError);
    expect(() => new MultipartReader("frame").push(text("--frame\r\nContent-Length: 99999999\r\n\r\n"))).toThrow(
      MultipartError,
    );
    expect(() => new MultipartReader("frame").push(text(`--frame\r\nX: ${"y".repeat(9000)}`))).toThrow(MultipartError);
  });
});

test("the boundary is read from the content type", () => {
  expect(boundaryOf("multipart/x-mixed-replace; boundary=frame")).toBe("frame");
  expect(boundaryOf('multipart/x-mixed-replace;boundary="a b"')).toBe("a b");
  expect(boundaryOf("application/problem+json")).toBeNull();
  expect(boundaryOf(null)).toBeNull();
});
