/** The guide for pnpm; pnpm itself is played. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/pnpm.md", {
  repository: SHOP,
  programs: { pnpm: 'if [ "$1" = install ]; then mkdir node_modules; else exec node --test; fi' },
});
