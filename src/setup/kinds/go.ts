/** Go modules, alone or together in a workspace. */
import type { Folder } from "../folder.ts";
import type { SetupStep, Unit } from "../model.ts";
import { isPlainPath } from "../plain.ts";

/** Of flags only those that need no word of their own. */
const TEST = /^go test(?: -[\w=.,]+)* \.\/\.\.\.(?: -[\w=.,]+)*$/;
const REPORTS = /^-(?:v|json|cover\S*|covermode\S*|coverprofile\S*|test\.v)$/;

export function detectGo(folder: Folder): Unit | null {
  const found = folder.first("go.work", "go.mod");
  if (found === undefined) return null;
  const all = found === "go.work" ? packagesOf(folder) : "./...";
  const fromCi = found === "go.mod" ? folder.fromCi(TEST, REPORTS) : undefined;
  const linter = folder.list(/^\.golangci\.(?:ya?ml|toml|json)$/)[0];
  const lockfiles = found === "go.work" ? ["go.work.sum"] : ["go.sum"];
  return {
    kind: "go",
    folder: folder.path,
    found,
    commands: {
      test: fromCi ?? { run: `go test ${all}`, why: found },
      lint:
        linter === undefined
          ? { run: `go vet ${all}`, why: found }
          : (folder.fromCi(/^golangci-lint run$/) ?? { run: "golangci-lint run", why: linter }),
      build: { run: `go build ${all}`, why: found },
    },
    setup: downloading(folder, found),
    lockfiles: lockfiles.filter((name) => folder.has(name)).map((name) => folder.at(name)),
    native: /\bgo (?:test|vet|build)\b|\$[({]GO(?:TEST)?[)}]|golangci-lint|gotestsum/,
    notes: [
      ...(folder.project.hasProgram("go") ? [] : ["go is not installed"]),
      ...(linter === undefined || folder.project.hasProgram("golangci-lint") ? [] : ["golangci-lint is not installed"]),
    ],
  };
}

/** The packages of a workspace: without a module in its root, `./...` names none. */
function packagesOf(folder: Folder): string {
  const uses = folder
    .read("go.work")
    .replace(/\/\/.*/g, "")
    .split(/\s+/)
    .filter((word) => /^\.(?:\/|$)/.test(word) && (word === "." || isPlainPath(word.slice(2))));
  if (uses.length === 0 || uses.includes(".")) return "./...";
  return uses.map((use) => `${use.replace(/\/$/, "")}/...`).join(" ");
}

function downloading(folder: Folder, found: string): SetupStep[] {
  const manifests = folder.files.filter((file) => (found === "go.work" ? /(?:^|\/)go\.mod$/ : /^go\.mod$/).test(file));
  const requires = manifests.some((file) => /^[ \t]*require\b/m.test(folder.read(file)));
  const isVendored = folder.has("vendor/modules.txt");
  if (!requires || isVendored) return [];
  const names = found === "go.work" ? ["go.work", "go.work.sum", "**/go.mod", "**/go.sum"] : ["go.mod", "go.sum"];
  return [{ run: "go mod download", why: `what ${found} requires`, reads: names.map((name) => folder.at(name)) }];
}
