/** What is wrong with the files of a vault that are no notes: bases, canvases, Obsidian's settings. Pure. */
import { checkBase } from "../formats/check-base.ts";
import { checkCanvas } from "../formats/check-canvas.ts";
import { readPropertyTypes } from "../formats/check-properties.ts";
import type { Finding } from "./problem.ts";

/** Where Obsidian keeps the types of properties. */
export const TYPES_PATH = ".obsidian/types.json";
/** Settings of Obsidian that the template lays down, all of them JSON. */
export const SETTING_PATHS: readonly string[] = [
  TYPES_PATH,
  ...["app", "bookmarks", "core-plugins", "graph", "templates"].map((name) => `.obsidian/${name}.json`),
];

/** Checks a base. */
export function checkBaseFile(path: string, text: string): Finding[] {
  return checkBase(text).map(({ severity, message, line }) => ({
    code: severity === "error" ? "base.invalid" : "base.doubtful",
    path,
    message,
    line,
  }));
}

/** Checks a canvas; `hasFile` tells whether a path of the vault exists. */
export function checkCanvasFile(path: string, text: string, hasFile: (path: string) => boolean): Finding[] {
  const { problems, files } = checkCanvas(text);
  return [
    ...problems.map(({ message, line }): Finding => ({ code: "canvas.invalid", path, message, line })),
    ...files
      .filter((file) => !hasFile(file))
      .map(
        (file): Finding => ({
          code: "canvas.missing",
          path,
          message: `it shows ${file}, which does not exist`,
          line: null,
        }),
      ),
  ];
}

/** Checks one of Obsidian's settings. */
export function checkSettings(path: string, text: string): Finding[] {
  const invalid = (message: string): Finding[] => [{ code: "settings.invalid", path, message, line: null }];
  if (path === TYPES_PATH) {
    const read = readPropertyTypes(text);
    return read.kind === "ok" ? [] : invalid(read.why);
  }
  try {
    const settings: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return typeof settings === "object" && settings !== null ? [] : invalid("it is no object");
  } catch (thrown) {
    return invalid(`it is not valid JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
