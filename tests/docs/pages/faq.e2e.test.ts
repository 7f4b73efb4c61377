/** The FAQ. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/faq.md", { repository: SHOP });
