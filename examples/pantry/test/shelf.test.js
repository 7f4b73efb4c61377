import assert from "node:assert/strict";
import { test } from "node:test";
import { parseShelf } from "../src/shelf.js";

test("remarks and empty lines are no items", () => {
  assert.deepEqual(
    parseShelf("# food\n\n500 g lentils\n6 x eggs\n").map((item) => item.name),
    ["lentils", "eggs"],
  );
});
