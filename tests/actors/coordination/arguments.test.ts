/** What is said of arguments that a tool does not take: which member is wrong, however deep it lies. */
import { expect, it } from "vitest";
import { explainMismatch, type Schema } from "../../../src/actors/coordination/arguments.ts";

const schema: Schema = {
  type: "object",
  required: ["name"],
  properties: {
    name: { type: "string" },
    place: { type: "object", required: ["line"], properties: { line: { type: "integer" } } },
    choices: {
      type: "array",
      items: { type: "object", required: ["name"], properties: { name: { type: "string", minLength: 1 } } },
    },
  },
};

it.each([
  [[], "the arguments must be an object"],
  [{}, "name is missing"],
  [{ name: 1 }, "name must be a text"],
  [{ name: "a", nam: 1 }, '"nam" is not known; there are: name, place, choices'],
  [{ name: "a", place: {} }, "place.line is missing"],
  [{ name: "a", place: { line: "1" } }, `place.line must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`],
  [{ name: "a", choices: [{ name: "x" }, {}] }, "choices[1].name is missing"],
  [{ name: "a", choices: [{ name: "" }] }, "choices[0].name must not be empty"],
  [{ name: "a", choices: [{ name: "x", nme: 1 }] }, '"nme" is not known in choices[0]; there are: name'],
])("%j: %s", (value, words) => {
  expect(explainMismatch(schema, value)).toBe(words);
});
