/** The guide for npm. */
import { followPage } from "../follow-page.ts";
import { SHOP } from "./shop.ts";

followPage("docs/guides/npm.md", { repository: SHOP });
