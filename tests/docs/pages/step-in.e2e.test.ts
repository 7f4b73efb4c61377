/** The guide on stepping in. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/step-in.md", { repository: SHOP });
