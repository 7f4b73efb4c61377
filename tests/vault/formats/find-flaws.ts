/**
 * Everything that is wrong with a folder as an Obsidian vault, for tests of what the program writes: notes, bases,
 * canvases, settings, names, links. The formats of notes, bases and canvases are those that `pleach vault check` knows;
 * those of `.obsidian/` follow what Obsidian itself writes there, which is documented nowhere.
 */

import { whyBadName } from "../../../src/vault/check/check-names.ts";
import { checkBase } from "../../../src/vault/formats/check-base.ts";
import { checkCanvas } from "../../../src/vault/formats/check-canvas.ts";
import { checkProperties, readPropertyTypes } from "../../../src/vault/formats/check-properties.ts";
import { isRecord } from "../../../src/vault/formats/format-problem.ts";
import { foldName } from "../../../src/vault/links/file-names.ts";
import { createLinkGraph } from "../../../src/vault/links/graph.ts";
import { findGeneratedSection, parseNote } from "../../../src/vault/notes/note.ts";
import { readStructure } from "../../../src/vault/notes/structure.ts";

const plugins = new Set(
  `file-explorer global-search switcher graph backlink canvas outgoing-link tag-pane properties page-preview daily-notes
  templates note-composer command-palette slash-command editor-status bookmarks markdown-importer zk-prefixer random-note
  outline word-count slides audio-recorder workspaces file-recovery publish sync webviewer footnotes bases`.split(
    /\s+/,
  ),
);
const noteTypes = new Set(["text", "multitext", "number", "checkbox", "date", "datetime", "tags", "aliases"]);
/** What views of Obsidian keep besides what all views have. */
const viewKeys = new Set(["type", "name", "filters", "groupBy", "order", "sort", "limit", "summaries"]);

/** The flaws of a vault, given its files by path; `[]` when there are none. */
export function findFlaws(files: ReadonlyMap<string, string>): string[] {
  const declared = readPropertyTypes(files.get(".obsidian/types.json") ?? "");
  const types = declared.kind === "ok" ? declared.types : new Map<string, string>();
  const flaws = [...findNameFlaws([...files.keys()]), ...findLinkFlaws(files)];
  for (const [path, text] of files) {
    const found = path.startsWith(".obsidian/")
      ? findSettingFlaws(path, text, files)
      : path.endsWith(".md")
        ? findNoteFlaws(path, text, types)
        : path.endsWith(".base")
          ? findBaseFlaws(text, types)
          : path.endsWith(".canvas")
            ? findCanvasFlaws(text, files)
            : path === ".gitattributes" || path.endsWith("/.gitattributes")
              ? []
              : ["is no file that a vault is made of"];
    flaws.push(...found.map((flaw) => `${path}: ${flaw}`));
  }
  return flaws;
}

function findNameFlaws(paths: readonly string[]): string[] {
  const notes = paths.filter((path) => !path.startsWith(".obsidian/"));
  const names = notes.map((path) => foldName(path.slice(path.lastIndexOf("/") + 1)));
  const twice = names.filter((name, at) => names.indexOf(name) !== at).map((name) => `two files are called ${name}`);
  const bad = notes.flatMap((path) =>
    path.split("/").flatMap((name) => {
      const why = whyBadName(name);
      return why === undefined ? [] : [`${path}: ${why}`];
    }),
  );
  const long = notes.filter((path) => path.split("/").some((name) => Buffer.byteLength(name) > 200));
  return [...twice, ...bad, ...long.map((path) => `${path}: its name is too long for some systems`)];
}

function findNoteFlaws(path: string, text: string, types: ReadonlyMap<string, string>): string[] {
  const note = parseNote(path, text);
  if (note.frontmatter.kind !== "ok") return [`its frontmatter is ${note.frontmatter.kind}`];
  const { values } = note.frontmatter;
  const undeclared = [...values.keys()].filter((key) => !types.has(key)).map((key) => `"${key}" is not declared`);
  const section = findGeneratedSection(note).kind === "ambiguous" ? ["its generated section is ambiguous"] : [];
  const unclosed = (text.match(/%%/g) ?? []).length % 2 === 0 ? [] : ["a comment is not closed"];
  return [...undeclared, ...section, ...unclosed, ...checkProperties(values, types).map(({ message }) => message)];
}

function findBaseFlaws(text: string, types: ReadonlyMap<string, string>): string[] {
  const keys = [...text.matchAll(/^ {4}(\w+):/gm)].map((match) => match[1] ?? "");
  const inViews = text.slice(text.indexOf("\nviews:"));
  const unknown = keys.filter((key) => inViews.includes(`\n    ${key}:`) && !viewKeys.has(key));
  return [...checkBase(text, types).map(({ message }) => message), ...unknown.map((key) => `a view has a key ${key}`)];
}

function findCanvasFlaws(text: string, files: ReadonlyMap<string, string>): string[] {
  const { problems, files: shown, canvas } = checkCanvas(text);
  const missing = shown.filter((file) => !files.has(file)).map((file) => `shows ${file}, which does not exist`);
  const cards = (canvas?.nodes ?? []).filter(({ type }) => type !== "group");
  const overlaps = cards.flatMap((a, at) =>
    cards.slice(at + 1).flatMap((b) => {
      const isApart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      return isApart ? [] : [`cards ${a.id} and ${b.id} overlap`];
    }),
  );
  return [...problems.map(({ message }) => message), ...missing, ...overlaps];
}

function findLinkFlaws(files: ReadonlyMap<string, string>): string[] {
  const graph = createLinkGraph();
  for (const [path, text] of files) {
    if (path.startsWith(".obsidian/")) continue;
    if (path.endsWith(".md")) graph.set(path, readStructure(parseNote(path, text)));
    else graph.setFile(path);
  }
  const views = new Map(
    [...files]
      .filter(([path]) => path.endsWith(".base"))
      .map(([path, text]) => [path, [...text.matchAll(/^ {4}name: (.+)$/gm)].map((match) => match[1])]),
  );
  const noView = [...files.keys()].flatMap((path) =>
    graph.linksOf(path).flatMap(({ link, resolution }) => {
      const known = resolution.kind === "resolved" ? views.get(resolution.path) : undefined;
      const [view] = link.subpath.headings;
      return known === undefined || view === undefined || known.includes(view)
        ? []
        : [`${path}: there is no view ${view}`];
    }),
  );
  return [
    ...graph.linkProblems().map(({ from, kind, link }) => `${from}: ${kind} link to "${link.target}"`),
    ...noView,
  ];
}

function findSettingFlaws(path: string, text: string, files: ReadonlyMap<string, string>): string[] {
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch {
    return ["is no JSON"];
  }
  if (!isRecord(settings)) return ["is no object"];
  switch (path) {
    case ".obsidian/core-plugins.json":
      return Object.entries(settings).flatMap(([name, isOn]) =>
        plugins.has(name) && typeof isOn === "boolean" ? [] : [`there is no core plug-in ${name}: ${isOn}`],
      );
    case ".obsidian/types.json":
      return Object.entries(isRecord(settings.types) ? settings.types : { types: "" }).flatMap(([name, type]) =>
        noteTypes.has(String(type)) ? [] : [`property ${name} has the type ${type}`],
      );
    case ".obsidian/graph.json":
      return findGraphFlaws(settings);
    case ".obsidian/bookmarks.json":
      return findBookmarkFlaws(settings, files);
    case ".obsidian/templates.json":
      return [...files.keys()].some((file) => file.startsWith(`${settings.folder}/`))
        ? []
        : ["its folder does not exist"];
    case ".obsidian/app.json":
      return ["newFileFolderPath"].filter(
        (key) => ![...files.keys()].some((file) => file.startsWith(`${settings[key]}/`)),
      );
    default:
      return ["is no file that a vault should bring along"];
  }
}

function findGraphFlaws(settings: Record<string, unknown>): string[] {
  const groups: unknown[] = Array.isArray(settings.colorGroups) ? settings.colorGroups : [undefined];
  return groups.flatMap((group) => {
    const color = isRecord(group) && isRecord(group.color) ? group.color : {};
    const isColor =
      color.a === 1 && Number.isInteger(color.rgb) && Number(color.rgb) >= 0 && Number(color.rgb) <= 0xffffff;
    return isRecord(group) && typeof group.query === "string" && isColor
      ? []
      : [`a colour group is wrong: ${JSON.stringify(group)}`];
  });
}

function findBookmarkFlaws(settings: Record<string, unknown>, files: ReadonlyMap<string, string>): string[] {
  const items: unknown[] = Array.isArray(settings.items) ? settings.items : [undefined];
  return items.flatMap((item) => {
    if (!isRecord(item) || !Number.isInteger(item.ctime)) return [`a bookmark is wrong: ${JSON.stringify(item)}`];
    if (item.type === "graph") return [];
    return item.type === "file" && files.has(String(item.path)) ? [] : [`a bookmark leads nowhere: ${item.path}`];
  });
}
