/** The guide on watching a run. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/watch.md", { repository: SHOP });
