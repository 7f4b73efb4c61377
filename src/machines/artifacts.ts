/**
 * The artifacts of a run: named outputs that tasks publish in versions, for others to read. Their content lies in files
 * beside the log; here is which version of what is where, and whose it is.
 *
 * ARTIFACT-1 A name belongs to one publisher: the task that the plan names for it, else whoever published it first. Only `plan`
 *    is of each task that plans: ARTIFACT-2 holds for the versions of one of them.
 * ARTIFACT-2 Within one attempt levels only rise, and nothing comes after `final`; a new attempt begins anew.
 * ARTIFACT-3 Versions of a name are numbered from 1 without gaps; the same key is taken once.
 */
import { assign, setup } from "xstate";
import { PLAN_ARTIFACT } from "../plan/planning.ts";
import type { Inbox } from "../protocol/mail.ts";
import type { ArtifactLevel, Content, Publication } from "../protocol/values.ts";

/** How far an artifact has come, in this order. */
export const LEVELS: readonly ArtifactLevel[] = ["draft", "stable", "final"];

export interface ArtifactVersion extends Omit<Publication, "name">, Content {
  at: number;
}

export interface ArtifactsInput {
  /** Artifact -> the task that the plan names as its publisher. */
  owners: Record<string, string>;
  /** Those of a run that was over and is opened again. */
  versions?: Record<string, ArtifactVersion[]>;
}

export interface ArtifactsContext extends ArtifactsInput {
  /** The newest versions of each name, oldest first. */
  versions: Record<string, ArtifactVersion[]>;
}

/** Older versions stay in the log. */
const MAX_KEPT_VERSIONS = 50;
/** Names of a run, and versions of a name: far above any honest use. */
const MAX_NAMES = 500;
const MAX_VERSIONS = 1_000;

export type Judgement = { kind: "new" | "again"; version: number } | { kind: "refused"; why: string };

const ownerOf = ({ task, stream }: Pick<Publication, "task" | "stream">): string => task ?? `stream ${stream}`;

/** The versions of a name that are kept, oldest first. */
export function versionsOf(versions: ArtifactsContext["versions"], name: string): readonly ArtifactVersion[] {
  return Object.hasOwn(versions, name) ? (versions[name] ?? []) : [];
}

/** Whether something may be published, and as which version (ARTIFACT-1 to ARTIFACT-3). */
export function judgePublication({ owners, versions }: ArtifactsContext, publication: Publication): Judgement {
  const { name, level, attempt, key } = publication;
  const known = versionsOf(versions, name);
  const same = known.find((each) => each.key === key);
  if (same) return { kind: "again", version: same.version };
  const newest = known.at(-1);
  if (newest === undefined && Object.keys(versions).length >= MAX_NAMES)
    return { kind: "refused", why: `this run holds ${MAX_NAMES} artifacts already` };
  if (newest !== undefined && newest.version >= MAX_VERSIONS)
    return { kind: "refused", why: `${name} has ${MAX_VERSIONS} versions already` };
  const publisher = ownerOf(publication);
  const planned = Object.hasOwn(owners, name) ? owners[name] : undefined;
  const owner = name === PLAN_ARTIFACT ? publisher : (planned ?? (newest && ownerOf(newest)));
  if (owner !== undefined && owner !== publisher) return { kind: "refused", why: `${name} is of ${owner}` };
  const own = known.findLast((each) => ownerOf(each) === publisher);
  if (own !== undefined && own.attempt === attempt) {
    if (own.level === "final") return { kind: "refused", why: `${name} is final already` };
    if (LEVELS.indexOf(level) < LEVELS.indexOf(own.level))
      return { kind: "refused", why: `${name} is ${own.level} already` };
  }
  return { kind: "new", version: (newest?.version ?? 0) + 1 };
}

/** One state: a list that grows. What does not fit is ignored; whoever publishes has to ask first. */
export const artifactsMachine = setup({
  types: { input: {} as ArtifactsInput, context: {} as ArtifactsContext, events: {} as Inbox["artifacts"] },
  guards: {
    fits: ({ context, event }) => {
      const judged = judgePublication(context, event);
      return judged.kind === "new" && judged.version === event.version;
    },
  },
}).createMachine({
  id: "artifacts",
  context: ({ input: { owners, versions = {} } }) => ({ owners, versions }),
  initial: "open",
  states: {
    open: {
      on: {
        "artifact.published": {
          guard: "fits",
          actions: assign({
            versions: ({ context, event }) => {
              const { type: _type, name, ...version } = event;
              const known = versionsOf(context.versions, name);
              return { ...context.versions, [name]: [...known, version].slice(-MAX_KEPT_VERSIONS) };
            },
          }),
        },
      },
    },
  },
});
