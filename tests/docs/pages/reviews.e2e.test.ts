/** The guide for reviews. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/reviews.md", { repository: SHOP });
