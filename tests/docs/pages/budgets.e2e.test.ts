/** The guide on budgets. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/budgets.md", { repository: SHOP });
