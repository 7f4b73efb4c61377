/** The guide on teams. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/teams.md", { repository: SHOP });
