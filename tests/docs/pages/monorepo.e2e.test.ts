/** The guide for monorepos. */
import { followPage } from "../follow-page.ts";

const test = 'import { test } from "node:test";\ntest("is green", () => {});\n';

followPage("docs/guides/monorepo.md", {
  repository: {
    "package.json": '{ "type": "module", "workspaces": ["packages/*"] }\n',
    "packages/api/api.test.js": test,
    "packages/page/page.test.js": test,
  },
});
