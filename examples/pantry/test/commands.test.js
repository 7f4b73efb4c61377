import assert from "node:assert/strict";
import { test } from "node:test";
import { commands } from "../src/commands.js";
import { parseShelf } from "../src/shelf.js";

test("list prints the shelf as it is", () => {
  assert.deepEqual(commands.list.run(parseShelf("500 g lentils\n6 x eggs 2030-11-05\n"), []), [
    "500 g lentils",
    "6 x eggs 2030-11-05",
  ]);
});

test("every command says what it does", () => {
  for (const [name, { help }] of Object.entries(commands)) assert.ok(help.length > 0, name);
});
