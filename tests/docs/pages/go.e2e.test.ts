/** The guide for Go; go itself is played. */
import { followPage } from "../follow-page.ts";

followPage("docs/guides/go.md", {
  repository: { "go.mod": "module example.com/shop\n\ngo 1.20\n", "shop.go": "package shop\n" },
  programs: { go: 'grep -q "^package shop" *.go' },
});
