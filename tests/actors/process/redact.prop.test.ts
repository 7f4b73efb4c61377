import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeRedactedOutput, makeRedactor } from "../../../src/actors/process/redact.ts";

const KEY = "correct-horse-battery-staple";
const redact = makeRedactor({ SOME_TOKEN: KEY });

/** What is kept of this output when it comes cut at these places. */
function keep(whole: Buffer, cuts: number[]): Buffer {
  const filter = makeRedactedOutput(redact);
  const places = [...new Set(cuts.filter((at) => at < whole.length))].sort((a, b) => a - b);
  const chunks = [0, ...places].map((at, index) => whole.subarray(at, places[index] ?? whole.length));
  return Buffer.concat([...chunks.map((chunk) => filter(chunk)), filter(null)]);
}

describe("redacted output", () => {
  it("hides a secret wherever the chunks are cut, and leaves everything else as it is", () => {
    const piece = fc.constantFrom("plain ", "\n", "ü€", `${KEY}`, "a=1;");
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat({ max: 300 })), (pieces, cuts) => {
        const whole = pieces.join("|");
        expect(keep(Buffer.from(whole), cuts).toString()).toBe(whole.replaceAll(KEY, "[redacted]"));
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it("is byte for byte what it was when there is no secret in it", () => {
    const whole = Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256));
    expect(keep(whole, [1, 100, 300])).toEqual(whole);
  });

  it("holds a private key back until its end has come", () => {
    const text = "before\n-----BEGIN PRIVATE KEY-----\nMIIEsecret\nmore\n-----END PRIVATE KEY-----\nafter\n";
    for (let at = 1; at < text.length; at++) {
      expect(keep(Buffer.from(text), [at]).toString()).toBe("before\n[redacted]\nafter\n");
    }
    const open = keep(Buffer.from("-----BEGIN RSA PRIVATE KEY-----\nMIIEsecret\n"), [40]).toString();
    expect(open).not.toContain("secret");
  });

  it("lets go of a line that is too long to be held", () => {
    const filter = makeRedactedOutput(redact);
    expect(filter(Buffer.alloc(40_000, "x")).length).toBe(0);
    expect(filter(Buffer.alloc(40_000, "x")).length).toBe(80_000);
  });
});
