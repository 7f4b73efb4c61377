/** Examples of the reference pages can be saved and typed. */
import { followPage } from "../follow-page.ts";

const repository = { "README.md": "# A project\n" };

for (const page of ["plan", "pleach-yaml", "exit-codes", "documents", "unattended", "bundles", "u-plans"]) {
  followPage(`docs/reference/${page}.md`, { repository });
}
