/** The guide on notices. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/notices.md", { repository: SHOP });
