/** Ecosystems that are known well enough by one file and a few commands, a row each. */
import type { Folder } from "../folder.ts";
import type { Command, Role, Unit } from "../model.ts";

interface Row {
  kind: string;
  /** File by which it is known, right in the folder. */
  file: RegExp;
  program: string;
  setup?: { run: string; reads: readonly string[] };
  lockfile?: string;
  /** The first that holds is taken. */
  commands: Partial<Record<Role, readonly Choice[]>>;
  native: RegExp;
}

interface Choice {
  run: string;
  /** Where it is to be taken; absent: always. */
  when?: (folder: Folder) => boolean;
}

const holds = (file: string, words: string) => (folder: Folder) => folder.read(file).includes(words);
const has = (pattern: RegExp) => (folder: Folder) => folder.files.some((file) => pattern.test(file));
const script = (name: string) => (folder: Folder) => new RegExp(`"${name}"\\s*:`).test(folder.read("composer.json"));

const ROWS: readonly Row[] = [
  {
    kind: "ruby",
    file: /^(?:Gemfile|gems\.rb)$/,
    program: "bundle",
    setup: { run: "bundle install", reads: ["Gemfile", "Gemfile.lock", "*.gemspec", ".ruby-version"] },
    lockfile: "Gemfile.lock",
    commands: {
      test: [
        { run: "bundle exec rspec", when: has(/^(?:\.rspec|spec\/.+_spec\.rb)$/) },
        { run: "bin/rails test", when: has(/^bin\/rails$/) },
        { run: "bundle exec rake test", when: has(/^test\//) },
        { run: "bundle exec rake", when: has(/^Rakefile$/) },
      ],
      lint: [{ run: "bundle exec rubocop", when: has(/^\.rubocop\.yml$/) }],
    },
    native: /\b(?:bundle|rake|rspec|rubocop)\b/,
  },
  {
    kind: "php",
    file: /^composer\.json$/,
    program: "composer",
    setup: { run: "composer install", reads: ["composer.json", "composer.lock"] },
    lockfile: "composer.lock",
    commands: {
      test: [
        { run: "composer test", when: script("test") },
        { run: "php artisan test", when: has(/^artisan$/) },
        { run: "vendor/bin/pest", when: holds("composer.json", "pestphp/pest") },
        { run: "vendor/bin/phpunit", when: has(/^phpunit\.(?:xml|xml\.dist|dist\.xml)$|^tests\//) },
      ],
      lint: [
        { run: "composer lint", when: script("lint") },
        { run: "vendor/bin/phpcs", when: has(/^\.?phpcs\.xml(?:\.dist)?$/) },
      ],
      types: [
        { run: "composer phpstan", when: script("phpstan") },
        { run: "vendor/bin/phpstan analyse", when: has(/^phpstan\.(?:neon|neon\.dist|dist\.neon)$/) },
      ],
    },
    native: /\b(?:composer|phpunit|pest|phpstan)\b/,
  },
  {
    kind: "dotnet",
    file: /\.(?:sln|slnx|csproj|fsproj)$/,
    program: "dotnet",
    setup: {
      run: "dotnet restore",
      reads: ["**/*.csproj", "**/*.fsproj", "**/*.props", "**/packages.lock.json", "NuGet.config"],
    },
    commands: { test: [{ run: "dotnet test" }], build: [{ run: "dotnet build" }] },
    native: /\bdotnet (?:test|build)\b/,
  },
  {
    kind: "elixir",
    file: /^mix\.exs$/,
    program: "mix",
    setup: { run: "mix deps.get", reads: ["mix.exs", "mix.lock"] },
    lockfile: "mix.lock",
    commands: {
      test: [{ run: "mix test" }],
      lint: [
        { run: "mix credo", when: holds("mix.exs", ":credo") },
        { run: "mix format --check-formatted", when: has(/^\.formatter\.exs$/) },
      ],
      build: [{ run: "mix compile" }],
    },
    native: /\bmix \w/,
  },
  {
    kind: "swift",
    file: /^Package\.swift$/,
    program: "swift",
    lockfile: "Package.resolved",
    commands: { test: [{ run: "swift test" }], build: [{ run: "swift build" }] },
    native: /\bswift (?:test|build)\b/,
  },
  {
    kind: "flutter",
    file: /^pubspec\.yaml$/,
    program: "dart",
    setup: { run: "dart pub get", reads: ["pubspec.yaml", "pubspec.lock"] },
    lockfile: "pubspec.lock",
    commands: {
      test: [{ run: "flutter test", when: holds("pubspec.yaml", "sdk: flutter") }, { run: "dart test" }],
      lint: [{ run: "flutter analyze", when: holds("pubspec.yaml", "sdk: flutter") }, { run: "dart analyze" }],
    },
    native: /\b(?:dart|flutter) \w/,
  },
  {
    kind: "haskell",
    file: /^(?:stack\.yaml|cabal\.project|[^/]+\.cabal)$/,
    program: "cabal",
    commands: {
      test: [{ run: "stack test", when: has(/^stack\.yaml$/) }, { run: "cabal test all" }],
      build: [{ run: "stack build", when: has(/^stack\.yaml$/) }, { run: "cabal build all" }],
    },
    native: /\b(?:stack|cabal) \w/,
  },
  {
    kind: "zig",
    file: /^build\.zig$/,
    program: "zig",
    commands: { test: [{ run: "zig build test" }], build: [{ run: "zig build" }] },
    native: /\bzig build\b/,
  },
  {
    kind: "cmake",
    file: /^CMakeLists\.txt$/,
    program: "cmake",
    commands: {
      test: [{ run: "cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure" }],
      build: [{ run: "cmake -S . -B build && cmake --build build" }],
    },
    native: /\b(?:cmake|ctest)\b/,
  },
  {
    kind: "bazel",
    file: /^(?:MODULE\.bazel|WORKSPACE(?:\.bazel)?)$/,
    program: "bazel",
    commands: { test: [{ run: "bazel test //..." }], build: [{ run: "bazel build //..." }] },
    native: /\bbazel \w/,
  },
  {
    kind: "meson",
    file: /^meson\.build$/,
    program: "meson",
    setup: {
      run: "meson setup build",
      reads: ["**/meson.build", "meson_options.txt", "meson.options", "subprojects/*.wrap"],
    },
    commands: { test: [{ run: "meson test -C build" }], build: [{ run: "meson compile -C build" }] },
    native: /\b(?:meson|ninja)\b/,
  },
];

export function detectOther(folder: Folder): Unit[] {
  return ROWS.flatMap((row) => {
    const [found] = folder.list(row.file);
    return found === undefined ? [] : [unitOf(folder, row, found)];
  });
}

function unitOf(
  folder: Folder,
  { kind, program, setup, lockfile, commands: choices, native }: Row,
  found: string,
): Unit {
  const commands: Unit["commands"] = {};
  for (const [role, list] of Object.entries(choices) as [Role, readonly Choice[]][]) {
    const chosen = list.find(({ when }) => when === undefined || when(folder));
    if (chosen !== undefined) commands[role] = { run: chosen.run, why: found } satisfies Command;
  }
  return {
    kind,
    folder: folder.path,
    found,
    commands,
    setup:
      setup === undefined ? [] : [{ run: setup.run, why: found, reads: setup.reads.map((name) => folder.at(name)) }],
    lockfiles: lockfile !== undefined && folder.has(lockfile) ? [folder.at(lockfile)] : [],
    native,
    notes: folder.project.hasProgram(program) ? [] : [`${program} is not installed`],
  };
}
