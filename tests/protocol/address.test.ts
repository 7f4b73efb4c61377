/** Addresses are built and taken apart in one place, and what was built is taken apart to the same. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  breakerActor,
  conflictActor,
  conflictId,
  parseAddress,
  streamActor,
  taskActor,
  taskAt,
  taskOfConflict,
} from "../../src/protocol/address.ts";

const SRC = join(import.meta.dirname, "../../src");
const LEAF = "protocol/address.ts";

/** A literal, a template or a regular expression that begins like the address of an actor. */
const BY_HAND = /(?:["'`]|\/\^?\(?)(?:task|stream|breaker|conflict)(?::(?! )|\|[a-z|]*\)?:)/;

describe("an address", () => {
  it.each([
    ["run", "supervisor", "run"],
    ["scheduler", "scheduler", "scheduler"],
    ["merge", "merge", "merge"],
    ["artifacts", "artifacts", "artifacts"],
    ["host", "host", "host"],
    ["deadletters", "deadletters", "deadletters"],
    ["", "other", ""],
    ["counter", "other", "counter"],
    ["counter:one", "other", "counter:one"],
    ["constructor:one", "other", "constructor:one"],
    ["task:", "task", ""],
  ])("%j is of kind %s", (text, kind, id) => {
    expect(parseAddress(text)).toEqual({ kind, id });
  });

  it("of any name is taken apart to that name", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(parseAddress(taskActor(name))).toEqual({ kind: "task", id: name });
        expect(parseAddress(streamActor(name))).toEqual({ kind: "stream", id: name });
        expect(parseAddress(breakerActor(name))).toEqual({ kind: "breaker", id: name });
        expect(parseAddress(conflictActor(name))).toEqual({ kind: "conflict", id: name });
        expect(taskAt(taskActor(name))).toBe(name);
        expect(taskAt(streamActor(name))).toBeNull();
      }),
    );
  });

  it("of a conflict leads back to its task, whatever the task is called", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (task, number) => {
        expect(taskOfConflict(conflictId(task, number))).toBe(task);
      }),
    );
    expect(taskOfConflict("nothing")).toBe("");
  });

  it("is written by hand nowhere else", () => {
    const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
    expect(files).toContain(LEAF);
    const found = files
      .filter((file) => file !== LEAF)
      .flatMap((file) =>
        readFileSync(join(SRC, file), "utf8")
          .split("\n")
          .flatMap((text, at) => (BY_HAND.test(text) ? [`${file}:${at + 1}: ${text.trim()}`] : [])),
      );
    expect(found).toEqual([]);
  });

  it.each([
    'actor.startsWith("task:")',
    'actor.slice("conflict:".length)',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a source file.
    "tell(`stream:${name}`, event)",
    'actor.replace(/^(task|stream|conflict|breaker):/, "")',
    'actor.replace(/^stream:/, "")',
  ])("is seen when it is written by hand: %s", (text) => {
    expect(text).toMatch(BY_HAND);
  });
});
