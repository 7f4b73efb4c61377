// The licences of what the bundle holds of others, in words: THIRD_PARTY_NOTICES.md. What is in the bundle is taken from
// the report that the build leaves; tests/package/generated.test.ts compares, and `vitest -u` writes the file anew.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BUNDLE_REPORT } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Folders of the packages of which some code is in a chunk, from the repository's root. */
export function listBundled(report) {
  const modules = Object.values(report).flatMap((chunk) => Object.keys(chunk.modules));
  const folders = modules.flatMap((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []);
  return [...new Set(folders)].map((folder) => folder.slice(folder.indexOf("node_modules")));
}

/** The text of the MIT licence, as this project has it, for a package that names it and brings no text. */
function wordMit(author) {
  const [, body = ""] = readFileSync(join(root, "LICENSE"), "utf8").split(/^Copyright .*$/m);
  return `Copyright (c) ${author}\n\n${body.trim()}`;
}

/** A package with its licence in words. Throws when it can only be guessed. */
function readPackage(folder) {
  const path = join(root, folder);
  const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  const { name, version, author } = manifest;
  const license = manifest.license ?? manifest.licenses?.[0]?.type;
  const file = readdirSync(path).find((each) => /^(licen[cs]e|copying)([-.]\w+)*$/i.test(each));
  if (file !== undefined) return { name, version, license, text: readFileSync(join(path, file), "utf8") };
  const who = author?.name ?? author;
  if (license !== "MIT" || typeof who !== "string")
    throw new Error(`${folder} brings no text of its licence ${license}`);
  return { name, version, license, text: wordMit(who) };
}

/** The whole document for the bundle that was built last; packages under one text stand above it together. */
export function wordNotices() {
  const report = JSON.parse(readFileSync(BUNDLE_REPORT, "utf8"));
  const packages = listBundled(report).map(readPackage);
  packages.sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
  const byText = new Map();
  for (const each of packages) byText.set(wordLicence(each), [...(byText.get(wordLicence(each)) ?? []), each]);
  const parts = [...byText].map(([text, each]) => {
    const names = each.map(({ name, version }) => `- ${name} ${version}`);
    return `${names.join("\n")}\n\n${text}\n`;
  });
  return `# What pleach holds of others\n\nThe published program holds code of these packages, under these licences.\n\n${parts.join("\n---\n\n")}`;
}

function wordLicence({ license, text }) {
  const indented = text
    .replaceAll("\r\n", "\n")
    .trim()
    .replaceAll(/^(?=.)/gm, "    ");
  return `${license}:\n\n${indented}`;
}
