/** The guide on what was checked. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/checked.md", { repository: SHOP });
