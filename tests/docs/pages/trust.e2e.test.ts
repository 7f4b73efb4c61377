/** The page on trust. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/trust.md", { repository: SHOP });
