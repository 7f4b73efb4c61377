/** The guide that tells where work is, on a run that lands in part. */
import { followPage } from "../follow-page.ts";

followPage("docs/guides/where-is-my-work.md", { repository: { "README.md": "a repository\n" } });
