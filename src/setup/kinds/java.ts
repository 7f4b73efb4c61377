/** Projects that Maven, Gradle or sbt builds. Each of these fetches what it needs by itself. */
import type { Folder } from "../folder.ts";
import type { Unit } from "../model.ts";

export function detectMaven(folder: Folder): Unit | null {
  if (!folder.has("pom.xml")) return null;
  const program = folder.has("mvnw") ? "./mvnw" : "mvn";
  return {
    ...javaUnit(folder, "maven", "pom.xml"),
    commands: { test: { run: `${program} -B test`, why: folder.has("mvnw") ? "pom.xml and mvnw" : "pom.xml" } },
    native: /\bmvnw? /,
    notes: program === "mvn" && !folder.project.hasProgram("mvn") ? ["mvn is not installed"] : [],
  };
}

export function detectGradle(folder: Folder): Unit | null {
  const found = folder.first("settings.gradle.kts", "settings.gradle", "build.gradle.kts", "build.gradle");
  if (found === undefined) return null;
  const hasWrapper = folder.has("gradlew");
  const program = hasWrapper ? "./gradlew" : "gradle";
  const scripts = folder.files
    .filter((file) => /(?:^|\/)build\.gradle(?:\.kts)?$|\.versions\.toml$/.test(file))
    .slice(0, 50);
  const text = scripts.map((file) => folder.read(file)).join("\n");
  const test =
    text.includes("com.android.application") || text.includes("android.application") ? "testDebugUnitTest" : "test";
  const why = hasWrapper ? `${found} and gradlew` : found;
  const fromCi = folder.fromCi(/^(?:\.\/gradlew|gradle) (?:test|testDebugUnitTest)$/);
  return {
    ...javaUnit(folder, "gradle", found),
    commands: {
      test: { run: fromCi?.run ?? `${program} ${test}`, why },
      build: { run: `${program} assemble`, why },
      ...(text.includes("spotless")
        ? { lint: { run: `${program} spotlessCheck`, why: "spotless in its build scripts" } }
        : {}),
    },
    native: /\bgradlew? /,
    notes: hasWrapper || folder.project.hasProgram("gradle") ? [] : ["gradle is not installed"],
  };
}

export function detectSbt(folder: Folder): Unit | null {
  if (!folder.has("build.sbt")) return null;
  return {
    ...javaUnit(folder, "sbt", "build.sbt"),
    commands: { test: { run: "sbt test", why: "build.sbt" }, build: { run: "sbt compile", why: "build.sbt" } },
    native: /\bsbt\b/,
    notes: folder.project.hasProgram("sbt") ? [] : ["sbt is not installed"],
  };
}

function javaUnit(folder: Folder, kind: string, found: string): Omit<Unit, "commands" | "native" | "notes"> {
  const lockfile = folder.first("gradle.lockfile");
  return {
    kind,
    folder: folder.path,
    found,
    setup: [],
    lockfiles: lockfile === undefined ? [] : [folder.at(lockfile)],
  };
}
