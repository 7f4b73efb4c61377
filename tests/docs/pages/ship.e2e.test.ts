/** The guide on ship. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/ship.md", { repository: SHOP });
