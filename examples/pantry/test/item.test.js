import assert from "node:assert/strict";
import { test } from "node:test";
import { formatItem, parseItem } from "../src/item.js";

test("a line is read into amount, unit, name and date", () => {
  assert.deepEqual(parseItem("2 kg rice 2031-05-01"), {
    amount: 2,
    unit: "kg",
    name: "rice",
    bestBefore: "2031-05-01",
  });
});

test("a name may have several words, and the date may be left out", () => {
  assert.deepEqual(parseItem("0.5 l oat milk"), { amount: 0.5, unit: "l", name: "oat milk" });
});

test("a line that is no item is an error that shows it", () => {
  assert.throws(() => parseItem("some rice"), { name: "SyntaxError", message: /"some rice"/ });
});

test("an item is written as it was read", () => {
  assert.equal(formatItem(parseItem("2 kg rice 2031-05-01")), "2 kg rice 2031-05-01");
});
