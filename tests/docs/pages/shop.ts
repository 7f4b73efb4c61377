/** The repository of a reader: a small JavaScript project whose tests are green. */
export const SHOP: Readonly<Record<string, string>> = {
  "package.json": `{
  "name": "shop",
  "version": "1.0.0",
  "type": "module",
  "scripts": { "test": "node --test" }
}
`,
  "package-lock.json": `{
  "name": "shop",
  "version": "1.0.0",
  "lockfileVersion": 3,
  "requires": true,
  "packages": { "": { "name": "shop", "version": "1.0.0" } }
}
`,
  ".gitignore": "node_modules\n.venv\n",
  "src/price.js": "export const withTax = (price) => price * 1.2;\n",
  "test/price.test.js": `import assert from "node:assert/strict";
import { test } from "node:test";
import { withTax } from "../src/price.js";

test("tax is added", () => assert.equal(withTax(10), 12));
`,
};
