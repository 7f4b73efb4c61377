/** What git says of landed changes: which files they are of, which lines are new, what becomes of tests and of what gates run. */
import type { Gate } from "../../plan/model.ts";
import type { GateInput, LineRange, TestLoss } from "../../protocol/evidence.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { type ChangedFile, listGateInputs, listRunnerFiles, listTestLosses, needsText } from "../gates/index.ts";
import {
  findBlobs,
  isPlainPath,
  type LandedChange,
  type LandedFile,
  readLineChanges,
  readSmallTexts,
  showPath,
} from "../git/index.ts";
import type { FoundPath } from "../projections/evidence/weigh-change.ts";
import type { Limits } from "./evidence-sources.ts";

const SUBMODULE = "160000";
const LINK = "120000";

/** The changed files of a change; one that only has another name is one file. */
export function describePaths({ files }: LandedChange): Omit<FoundPath, "lines">[] {
  const gone = new Map<string, LandedFile[]>();
  for (const file of files) {
    if (file.new !== null || file.old === null || file.removed === 0) continue;
    const key = `${file.old.mode} ${file.old.oid}`;
    gone.set(key, [...(gone.get(key) ?? []), file]);
  }
  const moved = new Map<LandedFile, LandedFile>();
  const left = new Set<LandedFile>();
  for (const file of files) {
    const from =
      file.old !== null || file.new === null ? undefined : gone.get(`${file.new.mode} ${file.new.oid}`)?.shift();
    if (from === undefined) continue;
    moved.set(file, from);
    left.add(from);
  }
  return files.filter((file) => !left.has(file)).map((file) => describePath(file, moved.get(file)));
}

function describePath(file: LandedFile, from: LandedFile | undefined): Omit<FoundPath, "lines"> {
  const { path, old, new: now, added, removed } = file;
  const mode = (now ?? old)?.mode ?? "";
  const change = from !== undefined ? "renamed" : old === null ? "added" : now === null ? "deleted" : "changed";
  return {
    path: showPath(path),
    change,
    ...(from === undefined ? {} : { from: showPath(from.path) }),
    kind: mode === SUBMODULE ? "submodule" : mode === LINK ? "link" : "file",
    ...(from === undefined ? { added, removed } : { added: 0, removed: 0 }),
    isText: isPlainPath(path),
  };
}

/** Reads several changes together. */
export class ChangeReader {
  readonly #folder: RunFolder;
  readonly #gates: readonly Gate[];
  readonly #limits: Limits;
  readonly #changes = new Map<string, LandedChange>();
  #texts: ReadonlyMap<string, string> = new Map();
  /** By commit: what the task runners' files say that gates call, before and after. */
  readonly #runners = new Map<string, { path: string; oid: string }[]>();

  constructor(folder: RunFolder, gates: readonly Gate[], limits: Limits) {
    this.#folder = folder;
    this.#gates = gates;
    this.#limits = limits;
  }

  /** Rejects as git does. */
  async load(changes: readonly LandedChange[]): Promise<void> {
    for (const change of changes) this.#changes.set(change.commit, change);
    const runners = listRunnerFiles(this.#gates);
    const places = changes.flatMap(({ commit, parent }) =>
      runners.flatMap((path) => [parent, commit].map((at) => ({ of: commit, commit: at, path }))),
    );
    const blobs = await findBlobs(this.#folder, places);
    for (const [index, { of, path }] of places.entries()) {
      const oid = blobs[index] ?? null;
      if (oid !== null) this.#runners.set(of, [...(this.#runners.get(of) ?? []), { path, oid }]);
    }
    const wanted = changes.flatMap(({ files }) => files.filter(isRead).flatMap((file) => oidsOf(file)));
    const named = [...this.#runners.values()].flat().map(({ oid }) => oid);
    this.#texts = await readSmallTexts(this.#folder, [...new Set([...named, ...wanted])]);
  }

  changeOf(commit: string): LandedChange | undefined {
    return this.#changes.get(commit);
  }

  /** Lines that the change brings, of these files. */
  async readNewLines({ parent, commit }: LandedChange, paths: readonly string[]): Promise<Map<string, LineRange[]>> {
    const lines = new Map<string, LineRange[]>();
    if (paths.length === 0) return lines;
    for (const [path, { hunks }] of await readLineChanges(this.#folder, { from: parent, to: commit, paths })) {
      if (hunks === null) this.#limits.note(`${path} is too large to be looked at line by line`);
      else
        lines.set(
          path,
          hunks.added.map(({ from, to }): LineRange => ({ first: from, last: to - 1 })),
        );
    }
    return lines;
  }

  listTestLosses(change: LandedChange): TestLoss[] {
    const tests = change.files.filter(isRead);
    const read = tests.filter((file) => oidsOf(file).every((oid) => this.#texts.has(oid)));
    if (read.length < tests.length) {
      const [first] = tests.filter((file) => !read.includes(file));
      const name = first === undefined ? "" : showPath(first.path);
      this.#limits.note(`${name} is too large, or gone: what becomes of its tests was not looked at`);
    }
    return listTestLosses(read.map((file) => this.#textsOf(file)));
  }

  listGateInputs(change: LandedChange): GateInput[] {
    const runners = (this.#runners.get(change.commit) ?? []).flatMap(({ path, oid }) => {
      const text = this.#texts.get(oid);
      return text === undefined ? [] : [{ path, text }];
    });
    return listGateInputs(
      change.files.map((file) => this.#textsOf(file)),
      this.#gates,
      runners,
    );
  }

  /** Texts that were not read are of two kinds, so that they differ. */
  #textsOf({ path, old, new: now }: LandedFile): ChangedFile {
    const before = old === null ? null : (this.#texts.get(old.oid) ?? "before");
    const after = now === null ? null : (this.#texts.get(now.oid) ?? "after");
    return { path: showPath(path), before, after };
  }
}

/** A file whose text says what becomes of tests, or of what gates run. */
const isRead = (file: LandedFile): boolean =>
  needsText(showPath(file.path)) && [file.old, file.new].every((side) => side === null || side.mode !== SUBMODULE);

const oidsOf = ({ old, new: now }: LandedFile): string[] =>
  [old, now].flatMap((side) => (side === null ? [] : [side.oid]));
