/** Links between the project's documents lead somewhere, and every page of docs/ is in the index. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../helpers/compile-src.ts";
import { listPages } from "./read-page.ts";

const PAGES = [...listPages(), "ARCHITECTURE.md", "AGENTS.md", "CONTRIBUTING.md", "CHANGELOG.md"];

const withoutBlocks = (text: string): string => text.replaceAll(/^( *)(`{3,})[\s\S]*?^\1\2$/gm, "");

/** Links of a page to files and headings: as they are written. */
function listLinks(text: string): string[] {
  const prose = withoutBlocks(text).replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)|<img [^>]*src="([^"]+)"/g)]
    .map(([, link, image]) => link ?? image ?? "")
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** Anchors of a page's headings, as GitHub makes them. */
function listAnchors(text: string): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = ""]) => heading);
  const anchors = new Set<string>();
  for (const heading of headings) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = plain.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    let name = slug;
    for (let count = 1; anchors.has(name); count += 1) name = `${slug}-${count}`;
    anchors.add(name);
  }
  return anchors;
}

/** What is wrong with a link of a page; null for one that leads somewhere. */
function explainBadLink(page: string, link: string): string | null {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : normalize(join(dirname(page), path));
  if (target.startsWith("..") || !existsSync(join(ROOT, target))) return `${page}: ${link}: there is no ${target}`;
  if (anchor === undefined || anchor === "" || !statSync(join(ROOT, target)).isFile()) return null;
  const isThere = listAnchors(readFileSync(join(ROOT, target), "utf8")).has(anchor);
  return isThere ? null : `${page}: ${link}: no heading of ${target} is called so`;
}

describe("links between documents", () => {
  it("lead to files and headings that are there", () => {
    const links = PAGES.flatMap((page) =>
      listLinks(readFileSync(join(ROOT, page), "utf8")).map((link) => [page, link]),
    );
    expect(links.length).toBeGreaterThan(50);
    expect(links.map(([page = "", link = ""]) => explainBadLink(page, link)).filter((bad) => bad !== null)).toEqual([]);
  });

  it("are missed when they lead nowhere", () => {
    expect(explainBadLink("docs/vault.md", "nothing.md")).not.toBeNull();
    expect(explainBadLink("docs/vault.md", "../../elsewhere.md")).not.toBeNull();
    expect(explainBadLink("docs/vault.md", "#no-such-heading")).not.toBeNull();
    expect(explainBadLink("docs/vault.md", "agents.md#what-it-costs")).toBeNull();
    expect(listLinks("[a](b.md) `[c](d.md)` ![e](f.svg)\n```sh\n[g](h.md)\n```\n")).toEqual(["b.md", "f.svg"]);
  });
});

describe("docs/README.md", () => {
  it("leads to every page of docs/ but those that only others lead to", () => {
    const index = listLinks(readFileSync(join(ROOT, "docs/README.md"), "utf8"));
    const listed = index.map((link) => normalize(join("docs", link.split("#")[0] ?? "")));
    const pages = listPages().filter((page) => /^docs\/(?!README|adr\/|internals\/|machines\/)/.test(page));
    expect(pages.length).toBeGreaterThan(20);
    expect(pages.filter((page) => !listed.includes(page))).toEqual([]);
  });
});
