/**
 * What an agent may do when it asks first: read what is no place of secrets, wherever a link leads; change files of its
 * worktree that lie in its task's scope; and run commands there, as a task's own command may. It is no sandbox: commits
 * are checked against the scope whatever an agent did.
 */
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { compileTaskScope } from "../../plan/scope.ts";
import { confinePath, isWithin } from "../../safe-files/index.ts";
import type { PermissionAnswer, PermissionRequest } from "../agents/index.ts";
import {
  expandHome,
  findSecretPlaces,
  holdsSecrets,
  isSecretName,
  type SecretPlaces,
  secretIn,
} from "./secret-places.ts";

/** Of whom is asked. */
export interface PermissionGround {
  /** The worktree. */
  cwd: string;
  /** Absent: any file. */
  scope: readonly string[] | undefined;
  /** Absent: those of this program's own user. */
  secrets?: SecretPlaces;
  /** Whether the agent has the coordination tools, and can ask for more. */
  hasTools?: boolean;
}

const refuse = (reason: string, advice: string): PermissionAnswer => ({ allow: false, reason, advice });
const WITHOUT = "Work without it; your last message can say what you would have needed of it.";
/** Where a machine of a cloud hands out its own keys. */
const METADATA =
  /^(?:169\.254\.\d{1,3}\.\d{1,3}|\[fd00:ec2::254\]|\[::ffff:a9fe:[0-9a-f]+\]|metadata(?:\.google\.internal)?|100\.100\.100\.200)$/i;
const SEARCHES = /grep|search|find|ripgrep/i;

/** Decides for an agent. */
export function requestPermission(asked: PermissionRequest, ground: PermissionGround): PermissionAnswer {
  const { paths, reads, url } = asked;
  const secrets = ground.secrets ?? findSecretPlaces([process.env]);
  const places = paths.map((path) => expandHome(secrets, path));
  if (url !== undefined) return visit(url, { ...ground, secrets }, asked);
  for (const path of places) {
    const answer = reads ? read(path, { ...ground, secrets }, asked) : change(path, ground);
    if (!answer.allow) return answer;
  }
  return { allow: true };
}

type Ground = PermissionGround & { secrets: SecretPlaces };

function read(path: string, { cwd, secrets }: Ground, { tool }: PermissionRequest): PermissionAnswer {
  const shown = JSON.stringify(path);
  if (path === "" || path.includes("\0")) return refuse(`${shown} is not a path`, WITHOUT);
  const named = resolve(cwd, path);
  const isInside = isWithin(cwd, named) || isWithin(realOf(cwd), named);
  for (const place of new Set([named, realOf(named)])) {
    const secret = secretIn(secrets, place);
    if (secret !== null) return refuse(`${shown} is where secrets lie (${secret})`, WITHOUT);
    const isSearch = SEARCHES.test(tool) && !isFile(place);
    if (isSearch && holdsSecrets(secrets, withoutGlob(place)))
      return refuse(`a search through ${shown} would come past secrets`, "Search in a folder below it.");
    const isGlob = withoutGlob(place) !== place && !isInside;
    if (isGlob && holdsSecrets(secrets, withoutGlob(place)))
      return refuse(`${shown} may name files where secrets lie`, "Name the file itself.");
  }
  if (!isInside && isSecretName(named)) return refuse(`${shown} is named as files with secrets are`, WITHOUT);
  return { allow: true };
}

function change(path: string, { cwd, scope, hasTools = false }: PermissionGround): PermissionAnswer {
  const root = realOf(cwd);
  const within = isWithin(root, path) ? root : cwd;
  const found = confinePath(cwd, isAbsolute(path) ? relative(within, path) : path);
  if (found.kind === "refused") return refuse(found.reason, `Write below ${cwd} only.`);
  const name = relative(root, found.path);
  if (compileTaskScope(scope)(name)) return { allow: true };
  const limits = scope?.join(", ") ?? "all but what pleach goes by, which a task's scope has to name";
  const otherwise = hasTools
    ? "If the task needs it, ask for it now with the tool request_scope; otherwise do without."
    : "Do without it, and say in your last message what is missing.";
  return refuse(`${JSON.stringify(name)} is outside this task's scope: ${limits}`, otherwise);
}

/** A page of the web. Loopback is the agent's own: it may have started what answers there. */
function visit(url: string, ground: Ground, asked: PermissionRequest): PermissionAnswer {
  const shown = JSON.stringify(url.slice(0, 200));
  const parsed = addressIn(url);
  if (parsed === null) return refuse(`${shown} is no address of a page`, WITHOUT);
  if (parsed.protocol === "file:") return read(pathOf(parsed), ground, asked);
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:")
    return refuse(`${shown} is no address of a page: only http and https are`, WITHOUT);
  if (METADATA.test(parsed.hostname.replace(/\.$/, "")))
    return refuse(`${shown} is where this machine's own keys are handed out`, WITHOUT);
  return { allow: true };
}

function addressIn(url: string): URL | null {
  try {
    return new URL(/^[a-z][a-z0-9+.-]*:(?!\d)/i.test(url) ? url : `https://${url}`);
  } catch {
    return null;
  }
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    return "";
  }
}

/** The path without the part that holds wildcards. */
function withoutGlob(path: string): string {
  const at = path.search(/[*?[{]/);
  return at === -1 ? path : dirname(`${path.slice(0, at)}x`);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The path without symbolic links, as far as it exists. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realOf(parent), basename(path));
  }
}
