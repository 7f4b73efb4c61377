/** The guide on setting a project up. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/set-up.md", { repository: SHOP });
