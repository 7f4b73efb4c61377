/** Packages and workspaces of cargo. */
import { asData, type Data, type Folder, tableAt } from "../folder.ts";
import type { SetupStep, Unit } from "../model.ts";

const REPORTS = /^(?:-v|-vv|--verbose|--quiet|-q|--no-fail-fast)$/;

export function detectRust(folder: Folder): Unit | null {
  if (!folder.has("Cargo.toml")) return null;
  const manifest = folder.toml("Cargo.toml");
  const all = Object.hasOwn(manifest, "workspace") ? " --workspace" : "";
  const test = folder.fromCi(/^cargo (?:test|nextest run)(?= |$)/, REPORTS);
  const lint = folder.fromCi(/^cargo clippy(?= |$)/, REPORTS);
  const why = (ci: string | undefined): string => (ci === undefined ? "Cargo.toml" : "continuous integration");
  return {
    kind: "cargo",
    folder: folder.path,
    found: "Cargo.toml",
    commands: {
      test: { run: test ?? `cargo test${all}`, why: why(test) },
      lint: { run: lint ?? `cargo clippy${all} --all-targets`, why: why(lint) },
      build: { run: `cargo build${all}`, why: "Cargo.toml" },
    },
    setup: fetching(folder, manifest),
    lockfiles: folder.has("Cargo.lock") ? [folder.at("Cargo.lock")] : [],
    native: /\bcargo (?:test|nextest|clippy|build|check)\b/,
    notes: folder.project.hasProgram("cargo") ? [] : ["cargo is not installed"],
  };
}

function fetching(folder: Folder, root: Data): SetupStep[] {
  const members = folder.files.filter((file) => file.endsWith("/Cargo.toml")).slice(0, 200);
  const manifests = [root, ...members.map((file) => folder.toml(file))];
  if (!manifests.some(dependsOnOthers)) return [];
  const reads = [
    "Cargo.lock",
    ...(members.length > 0 ? ["**/Cargo.toml"] : ["Cargo.toml"]),
    ".cargo/**",
    "rust-toolchain*",
  ];
  return [{ run: "cargo fetch", why: "the dependencies in Cargo.toml", reads: reads.map((name) => folder.at(name)) }];
}

/** Whether it needs packages that do not lie in the repository. */
function dependsOnOthers(manifest: Data): boolean {
  const places = [manifest, tableAt(manifest, "workspace"), ...Object.values(tableAt(manifest, "target")).map(asData)];
  const tables = places.flatMap((place) =>
    ["dependencies", "dev-dependencies", "build-dependencies"].map((key) => tableAt(place, key)),
  );
  return tables.some((table) =>
    Object.values(table).some(
      (wanted) => typeof wanted === "string" || !("path" in asData(wanted) || "workspace" in asData(wanted)),
    ),
  );
}
