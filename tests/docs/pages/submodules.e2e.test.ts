/** The guide for submodules. */
import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { git, makeRepository } from "../../helpers/program.ts";
import { followPage } from "../follow-page.ts";

followPage("docs/guides/submodules.md", {
  repository: { "README.md": "# A project\n" },
  before: (folder, home) => {
    const library = join(dirname(folder), "library");
    makeRepository(library, { "README.md": "# A library\n" });
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
    git(folder, "commit", "--quiet", "--message", "Add the library");
    // For a reader, the library lies on a server.
    appendFileSync(join(home, ".gitconfig"), '[protocol "file"]\n\tallow = always\n');
  },
});
