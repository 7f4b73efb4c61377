/** The guide on conflicts. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/conflicts.md", { repository: SHOP });
