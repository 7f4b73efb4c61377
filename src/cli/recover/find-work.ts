/**
 * Finds all that runs made in a repository and no branch of the person's holds: from refs, from worktrees on disk, and from
 * logs, each of which may be gone. Executes nothing of the repository and changes nothing.
 *
 * FOUND-1 Whatever a ref or a worktree of ours holds is listed, whether or not a log tells of it. A commit that a log tells of is
 *    listed until what was merged of it is held, until a branch of the person's has it, or until a person threw it away by name.
 */
import { isRunId } from "../../actors/control/run-folder.ts";
import {
  type BroughtOver,
  findCommit,
  findThere,
  listRefs,
  listUnheld,
  lookAtWork,
  type OwnRef,
  openRepository,
  type Repository,
  readBroughtOver,
  readNewHistory,
} from "../../actors/git/index.ts";
import { isGateWorktree } from "../../actors/perform/worktrees.ts";
import { messageOf } from "../../errors.ts";
import { isOurs } from "../leftovers/branches.ts";
import { Runs } from "../leftovers/runs.ts";
import { findScraps } from "../leftovers/scraps.ts";
import { hasLanded, listOwnWorktrees, type OwnWorktree } from "../leftovers/worktrees.ts";
import type { Place } from "../place.ts";
import { compareWork, type FoundWork, NO_WORK } from "./found-work.ts";
import { readStory, type Story } from "./read-story.ts";
import { readThrownAway } from "./thrown-away.ts";
import { type Told, wordBack, wordWhy } from "./word-work.ts";

/** All of it, the newest run first. Rejects as opening the repository does. */
export async function findWork(place: Place): Promise<FoundWork[]> {
  const repo = await openRepository(place.root);
  return new WorkSearch(place, repo).find();
}

/** A worktree in which an attempt worked. */
type AttemptWorktree = OwnWorktree & { name: string };
const isAttempts = (worktree: OwnWorktree): worktree is AttemptWorktree =>
  worktree.name !== null && !isGateWorktree(worktree.name);

/** A ref or worktree, before it is known what is told of it. */
type Found = Omit<FoundWork, "why" | "back">;

class WorkSearch {
  readonly #place: Place;
  readonly #repo: Repository;
  readonly #runs: Runs;
  readonly #stories = new Map<string, Story>();
  #own: OwnRef[] = [];
  /** Tips of the person's refs. */
  #persons: string[] = [];
  /** Commits of attempts of which what was merged is held. */
  #landed = new Set<string>();
  #broughtOver: BroughtOver = { commits: new Set(), works: new Map() };

  constructor(place: Place, repo: Repository) {
    this.#place = place;
    this.#repo = repo;
    this.#runs = new Runs(place, repo);
  }

  async find(): Promise<FoundWork[]> {
    for (const run of await this.#runs.list())
      this.#stories.set(run, await readStory(this.#place.engine, this.#runs.folderOf(run)));
    const worktrees = (await listOwnWorktrees(this.#runs, this.#repo)).filter(isAttempts);
    const heads = await this.#readHeads(worktrees);
    const broken = await this.#readRefs();
    this.#broughtOver = await readBroughtOver(this.#repo, this.#persons);
    const told = await this.#readLogs([...heads.values()]);
    const attempts = await this.#findAttempts(worktrees, heads);
    const others = await Promise.all(this.#own.filter(({ kind }) => kind !== "attempt").map((own) => this.#look(own)));
    const folders = await this.#findForgotten(worktrees);
    const all = [...attempts, ...others.filter((each) => each !== null), ...broken, ...told, ...folders];
    const described = await Promise.all(this.#withoutBrought(all).map((found) => this.#describe(found)));
    return described.sort(compareWork);
  }

  async #readHeads(worktrees: readonly AttemptWorktree[]): Promise<Map<string, string>> {
    const heads = new Map<string, string>();
    for (const { admin } of worktrees) {
      const head = await findCommit(this.#repo.root, "HEAD", { GIT_DIR: admin }).catch(() => null);
      if (head !== null) heads.set(admin, head);
    }
    return heads;
  }

  /** Resolves with refs of ours whose commits are gone. */
  async #readRefs(): Promise<Found[]> {
    const { own, persons } = await listRefs(this.#repo, isRunId);
    const there = await findThere(
      this.#repo,
      [...own, ...persons].map(({ tip }) => tip),
    );
    this.#persons = persons.map(({ tip }) => tip).filter((tip) => there.has(tip));
    for (const each of own.filter(({ tip }) => there.has(tip))) {
      // Of that form may be a branch of the person's, too.
      const isTheirs =
        each.kind === "merged" && !this.#stories.has(each.run) && !(await isOurs(this.#repo, { ...each }));
      if (isTheirs) this.#persons.push(each.tip);
      else this.#own.push(each);
    }
    return own
      .filter(({ tip }) => !there.has(tip))
      .map(({ ref, run, task, attempt, tip }) => ({
        ...NO_WORK,
        ...{ id: ref, kind: "lost", run, task, attempt, ref, commit: tip },
      }));
  }

  /** What logs alone tell of. */
  async #readLogs(heads: readonly string[]): Promise<Found[]> {
    const made = [...this.#stories.values()].flatMap((story) => story.made);
    const there = await findThere(
      this.#repo,
      made.flatMap(({ commit, landed }) => [commit, landed ?? commit]),
    );
    const tips = [...this.#persons, ...this.#own.map(({ tip }) => tip), ...heads];
    const unheld = await listUnheld(this.#repo, [...there], tips);
    const isHeld = (commit: string): boolean => there.has(commit) && !unheld.has(commit);
    this.#landed = new Set(made.filter(({ landed }) => landed !== null && isHeld(landed)).map(({ commit }) => commit));
    const found: Found[] = [];
    for (const [run, story] of this.#stories) {
      const away = readThrownAway(this.#runs.folderOf(run));
      for (const { task, commit, landed } of story.made) {
        if (this.#landed.has(commit) || isHeld(commit) || away.has(commit) || away.has(landed ?? commit)) continue;
        const kind = there.has(commit) ? "commit" : "lost";
        const history = kind === "lost" ? {} : await this.#readHistory([commit], run);
        found.push({ ...NO_WORK, ...{ id: commit, kind, run, task, commit }, ...history });
      }
    }
    return found;
  }

  /** What neither a branch of the person's nor the run's holds. */
  #readHistory(tips: readonly string[], run: string | null) {
    const merged = this.#own.filter((own) => own.kind === "merged" && own.run === run).map(({ tip }) => tip);
    return readNewHistory(this.#repo, tips, [...this.#persons, ...merged]);
  }

  async #look(own: OwnRef): Promise<Found | null> {
    const { kind, ref, branch, tip, run, task, attempt } = own;
    const standing = await this.#runs.standingOf(run);
    // They go by themselves.
    if ((kind === "candidate" || kind === "shipping") && standing.kind === "held") return null;
    const history = await this.#readHistory([tip], kind === "merged" ? null : run);
    if (history.commits.length === 0) return null;
    const id = kind === "merged" ? run : kind === "saved" ? `${run}/${task}/${attempt}-saved` : (branch ?? ref);
    return { ...NO_WORK, ...{ id, kind, run, task, attempt, ref: branch ?? ref, commit: tip }, ...history };
  }

  /** Branches of attempts, with the worktrees that are on them, and those without. */
  async #findAttempts(worktrees: readonly AttemptWorktree[], heads: ReadonlyMap<string, string>): Promise<Found[]> {
    const found = new Map<string, Found & { tips: string[] }>();
    for (const { kind, branch, tip, run, task, attempt } of this.#own) {
      if (kind !== "attempt") continue;
      const id = `${run}/${task}/${attempt}`;
      found.set(id, { ...NO_WORK, ...{ id, kind, run, task, attempt, ref: branch, commit: tip, tips: [tip] } });
    }
    for (const worktree of worktrees) {
      const { run, name, path, admin } = worktree;
      const dot = name.lastIndexOf(".");
      const [task, attempt] = [name.slice(0, dot), name.slice(dot + 1)];
      const id = `${run}/${task}/${attempt}`;
      const known = found.get(id) ?? { ...NO_WORK, ...{ id, kind: "worktree", run, task, attempt, tips: [] } };
      const head = heads.get(admin);
      const tips = [...known.tips, ...(head === undefined ? [] : [head])];
      const dirt = await this.#lookAt(worktree, known);
      const seen = dirt === null ? {} : { worktree: path, admin, dirt: dirt.why, uncommitted: dirt.files };
      found.set(id, { ...known, ...seen, tips });
    }
    const looked = [...found.values()].map(async ({ tips, ...each }) => {
      const history = await this.#readHistory(tips, each.run);
      const commits = history.commits.every(({ commit }) => this.#landed.has(commit)) ? NO_WORK : history;
      return { ...each, commits: [...commits.commits], isCut: commits.isCut, files: [...commits.files] };
    });
    return (await Promise.all(looked)).filter(({ commits, dirt }) => commits.length > 0 || dirt !== null);
  }

  async #lookAt(
    { run, name, path, admin }: AttemptWorktree,
    known: Found,
  ): Promise<{ why: string; files: string[] } | null> {
    try {
      const standing = await this.#runs.standingOf(run);
      const isDone = await hasLanded(this.#repo, { run, name, admin, standing });
      const alsoIn = this.#broughtOver.works.get(known.id) ?? [];
      return await lookAtWork(this.#repo, { path, admin, isDone, alsoIn });
    } catch (thrown) {
      return { why: `it cannot be told what it holds: ${messageOf(thrown)}`, files: [] };
    }
  }

  /** Folders of worktrees that git knows no more. */
  async #findForgotten(worktrees: readonly AttemptWorktree[]): Promise<Found[]> {
    const scraps = await findScraps(this.#place, this.#runs, { repo: this.#repo, worktrees });
    return scraps.flatMap(({ kind, path, run }) => {
      if (kind !== "worktree" || run === null) return [];
      const dirt = "git knows it no more, nor what it holds";
      return [{ ...NO_WORK, ...{ id: path, kind: "folder" as const, run, worktree: path, dirt } }];
    });
  }

  /** Without what was brought onto a branch of the person's as another commit. */
  #withoutBrought(all: readonly Found[]): Found[] {
    return all.flatMap((found) => {
      const isOver = found.commit !== null && this.#broughtOver.commits.has(found.commit);
      if (!isOver || found.commits.length === 0) return [found];
      return found.dirt === null ? [] : [{ ...found, commits: [], files: [] }];
    });
  }

  async #describe(found: Found): Promise<FoundWork> {
    const { status = null, trouble = null } = this.#stories.get(found.run) ?? {};
    const told: Told = { standing: await this.#runs.standingOf(found.run), status, trouble };
    return { ...found, why: wordWhy(found, told), back: wordBack(found, told) };
  }
}
