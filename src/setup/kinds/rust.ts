/** Packages and workspaces of cargo. */
import { asData, type Data, type Folder, tableAt } from "../folder.ts";
import type { SetupStep, Unit } from "../model.ts";

/** All of the tests, and no variant of them. */
const TEST = /^cargo test(?: --(?:all|workspace|all-features|all-targets|locked|verbose|quiet)| -v)*$/;
const NEXTEST = /^cargo nextest run(?: --(?:workspace|all-features|all-targets|locked|no-fail-fast))*$/;
const CLIPPY =
  /^cargo clippy(?: --(?:all|workspace|all-features|all-targets|locked|tests|verbose))*(?: -- (?:-[DW] [\w:-]+ ?)+)?$/;
const REPORTS = /^(?:-v|-vv|--verbose|--quiet|-q|--no-fail-fast)$/;

export function detectRust(folder: Folder): Unit | null {
  if (!folder.has("Cargo.toml")) return null;
  const manifest = folder.toml("Cargo.toml");
  const all = Object.hasOwn(manifest, "workspace") ? " --workspace" : "";
  const nextest = folder.project.hasProgram("cargo-nextest") ? folder.fromCi(NEXTEST, REPORTS) : undefined;
  return {
    kind: "cargo",
    folder: folder.path,
    found: "Cargo.toml",
    commands: {
      test: folder.fromCi(TEST, REPORTS) ?? nextest ?? { run: `cargo test${all}`, why: "Cargo.toml" },
      lint: folder.fromCi(CLIPPY, REPORTS) ?? { run: `cargo clippy${all} --all-targets`, why: "Cargo.toml" },
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
