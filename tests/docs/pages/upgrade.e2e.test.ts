/** The guide on upgrade. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/upgrade.md", { repository: SHOP });
