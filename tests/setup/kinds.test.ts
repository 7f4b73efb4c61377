/** What is proposed for projects of each kind, in the shapes in which they come. */
import { describe, it } from "vitest";
import { type Case, expectProposed } from "./proposed.ts";

const GO: Case[] = [
  [
    "a makefile whose test only needs others",
    {
      "go.mod": "module m\n",
      Makefile: "GO ?= go\n.PHONY: test unit\ntest: vet unit\nvet:\n\t$(GO) vet ./...\nunit:\n\t$(GO) test ./...\n",
    },
    { test: "make test" },
  ],
  [
    "a makefile whose test installs first",
    { "go.mod": "module m\n", Makefile: "deps:\n\tgo get ./...\ntest: deps\n\tgo test ./...\n" },
    { test: "go test ./..." },
  ],
  [
    "what is written for agents, where no service says it",
    { "go.mod": "module m\n", "AGENTS.md": "# Rules\n\nRun `go test -race ./...` before each commit.\n" },
    { test: "go test -race ./..." },
  ],
  [
    "flags of continuous integration, without those that only report",
    {
      "go.mod": "module m\n",
      ".github/workflows/t.yml": "jobs: {t: {steps: [{run: 'go test -v -race -coverprofile=c.out ./...'}]}}",
    },
    { test: "go test -race ./..." },
  ],
  [
    "a workspace",
    {
      "go.work": "go 1.22\n\nuse (\n\t./api\n\t./lib // shared\n)\n",
      "api/go.mod": "module a\nrequire x v1\n",
      "lib/go.mod": "module l\n",
    },
    { test: "go test ./api/... ./lib/...", setup: "go mod download" },
  ],
  [
    "packages of others that are committed",
    { "go.mod": "module m\nrequire x v1\n", "vendor/modules.txt": "" },
    { setup: null },
  ],
  [
    "a makefile whose test runs in a container",
    { "go.mod": "module m\n", Makefile: "test:\n\tdocker compose run app go test ./...\n" },
    { test: "go test ./..." },
  ],
  [
    "a makefile whose test does something else",
    { "go.mod": "module m\n", Makefile: "test: ; @echo nothing\n" },
    { test: "go test ./..." },
  ],
  [
    "a module in a folder",
    { "README.md": "", "server/go.mod": "module s\nrequire x v1\n" },
    { test: "go test ./...", setup: "(cd server && go mod download)" },
  ],
];

const PYTHON: Case[] = [
  [
    "hatch with a script",
    {
      "pyproject.toml":
        '[project]\nname = "p"\n[tool.hatch.envs.default]\ndependencies = ["pytest"]\n[tool.hatch.envs.default.scripts]\ntest = "pytest"\n',
      "tests/test_a.py": "",
    },
    { test: "hatch run test", setup: "hatch env create" },
  ],
  [
    "poetry with an optional group for tests",
    {
      "pyproject.toml":
        '[tool.poetry]\nname = "p"\n[tool.poetry.group.test]\noptional = true\n[tool.poetry.group.test.dependencies]\npytest = "*"\n',
    },
    { test: "poetry run pytest", setup: "poetry install --with test" },
  ],
  [
    "uv with extras",
    { "pyproject.toml": '[project]\nname = "p"\n[project.optional-dependencies]\ndev = ["pytest"]\n', "uv.lock": "" },
    { test: "uv run pytest", setup: "uv sync --all-extras" },
  ],
  [
    "pdm",
    {
      "pyproject.toml": '[project]\nname = "p"\ndependencies = ["x"]\n[tool.pdm.dev-dependencies]\ntest = ["pytest"]\n',
      "pdm.lock": "",
    },
    { test: "pdm run pytest", setup: "pdm install" },
  ],
  [
    "pipenv",
    { Pipfile: '[dev-packages]\npytest = "*"\n', "Pipfile.lock": "{}" },
    { test: "pipenv run pytest", setup: "pipenv sync --dev" },
  ],
  [
    "a library in src with an extra for tests",
    {
      "pyproject.toml":
        '[project]\nname = "p"\ndependencies = ["x"]\n[project.optional-dependencies]\ntest = ["pytest"]\ndocs = ["sphinx"]\n[build-system]\nrequires = ["hatchling"]\n',
      "src/p/__init__.py": "",
      "tests/test_p.py": "",
    },
    {
      test: ".venv/bin/python -m pytest",
      setup: 'python3 -m venv .venv && .venv/bin/python -m pip install -e ".[test]"',
    },
  ],
  [
    "a library of old with setup.py",
    {
      "setup.py": "from setuptools import setup\nsetup(install_requires=['x'])\n",
      "p/__init__.py": "",
      "tests/test_p.py": "import pytest\n",
    },
    {
      test: ".venv/bin/python -m pytest",
      setup: "python3 -m venv .venv && .venv/bin/python -m pip install -e . pytest",
    },
  ],
  [
    "requirements only",
    { "requirements.txt": "flask\n", "test_app.py": "" },
    {
      test: ".venv/bin/python -m pytest",
      setup: "python3 -m venv .venv && .venv/bin/python -m pip install -r requirements.txt pytest",
    },
  ],
  [
    "tests that need nothing but Python",
    {
      "pyproject.toml": '[project]\nname = "p"\n',
      "p/__init__.py": "",
      "tests/__init__.py": "",
      "tests/test_p.py": "import unittest\n",
    },
    { test: "python3 -m unittest", setup: null },
  ],
  [
    "tests that need nothing, in a folder that is no package",
    { "setup.cfg": "[metadata]\nname = p\n", "p.py": "", "tests/test_p.py": "from unittest import TestCase\n" },
    { test: "python3 -m unittest discover -s tests", setup: null },
  ],
  [
    "Django",
    { "requirements.txt": "django\n", "manage.py": "", "shop/tests.py": "" },
    { test: ".venv/bin/python manage.py test" },
  ],
  [
    "Django on uv",
    { "pyproject.toml": '[project]\nname = "p"\ndependencies = ["django"]\n', "uv.lock": "", "manage.py": "" },
    { test: "uv run python manage.py test", setup: "uv sync" },
  ],
  [
    "a group for tests, as of PEP 735",
    {
      "pyproject.toml": '[project]\nname = "p"\ndependencies = ["x"]\n[dependency-groups]\ntest = ["pytest"]\n',
      "p.py": "",
      "tests/test_p.py": "",
    },
    { setup: "python3 -m venv .venv && .venv/bin/python -m pip install -e . --group test" },
  ],
  [
    "a makefile that runs uv",
    {
      "pyproject.toml": '[project]\nname = "p"\n[dependency-groups]\ndev = ["pytest"]\n',
      "uv.lock": "",
      Makefile: "test:\n\tuv run pytest -n auto\n",
    },
    { test: "make test", setup: "uv sync" },
  ],
  [
    "a makefile that counts on an active environment",
    { "requirements.txt": "pytest\n", "tests/test_a.py": "", Makefile: "test:\n\tpytest\n" },
    { test: ".venv/bin/python -m pytest" },
  ],
];

const OTHERS: Case[] = [
  [
    "both Maven and Gradle",
    { "pom.xml": "", mvnw: "", "build.gradle": "", gradlew: "" },
    { test: "./mvnw -B test", build: null },
  ],
  [
    "both Maven and Gradle, where continuous integration calls Gradle",
    {
      "pom.xml": "",
      "build.gradle": "",
      gradlew: "",
      ".github/workflows/ci.yml": "jobs: {b: {steps: [{run: ./gradlew build}]}}",
    },
    { test: "./gradlew test" },
  ],
  ["Bazel alone", { "MODULE.bazel": "" }, { test: "bazel test //..." }],
  ["Bazel beside Go", { "MODULE.bazel": "", "go.mod": "module m\n" }, { test: "go test ./..." }],
  [
    "variants of cargo's tests are passed over",
    {
      "Cargo.toml": '[package]\nname = "p"\n',
      ".github/workflows/ci.yml":
        "jobs: {t: {steps: [{run: cargo test --no-default-features}, {run: cargo test --doc}, {run: cargo test --locked}]}}",
    },
    { test: "cargo test --locked" },
  ],
  [
    "cargo, one package",
    { "Cargo.toml": '[package]\nname = "p"\n[dependencies]\nserde = "1"\n', "Cargo.lock": "" },
    { test: "cargo test", lint: "cargo clippy --all-targets", build: "cargo build", setup: "cargo fetch" },
  ],
  ["cargo without dependencies", { "Cargo.toml": '[package]\nname = "p"\n' }, { test: "cargo test", setup: null }],
  [
    "cargo as it is tested with all features",
    {
      "Cargo.toml": '[package]\nname = "p"\n',
      ".github/workflows/ci.yml": "jobs: {t: {steps: [{run: cargo test --all-features --verbose}]}}",
    },
    { test: "cargo test --all-features" },
  ],
  ["maven without a wrapper", { "pom.xml": "<project/>" }, { test: "mvn -B test", setup: null }],
  [
    "gradle without a wrapper, in Groovy",
    { "build.gradle": "plugins { id 'java' }" },
    { test: "gradle test", build: "gradle assemble" },
  ],
  [
    "Android",
    { "settings.gradle": "", "app/build.gradle": "plugins { id 'com.android.application' }", gradlew: "" },
    { test: "./gradlew testDebugUnitTest" },
  ],
  [
    "make with test and all",
    { Makefile: "all: prog\n\nprog: prog.c\n\t$(CC) -o $@ $<\n\ntest: prog\n\t./run-tests.sh\n" },
    { test: "make test", build: "make", setup: null },
  ],
  [
    "make with a first target that is no build",
    { Makefile: "help:\n\t@echo help\ntest:\n\t./t.sh\nbuild:\n\tcc x.c\n" },
    { test: "make test", build: "make build" },
  ],
  [
    "autotools",
    { "configure.ac": "", "Makefile.am": "" },
    { test: "make check", build: "make", setup: "autoreconf -fi && ./configure" },
  ],
  [
    "CMake",
    { "CMakeLists.txt": "" },
    { test: "cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure" },
  ],
  [
    "just",
    { justfile: "default: test\n\ntest *args:\n  cargo nextest run\nlint:\n  x\nrelease version:\n  x\n" },
    { test: "just test", lint: "just lint" },
  ],
  [
    "Taskfile",
    {
      "Taskfile.yml": "version: '3'\ntasks:\n  test: {cmds: [go test ./...]}\n  lint: golangci-lint run\n",
      "go.mod": "module m\n",
    },
    { test: "task test", lint: "task lint" },
  ],
  [
    "Ruby with rspec",
    { Gemfile: "gem 'rspec'", "Gemfile.lock": "", "spec/a_spec.rb": "", ".rubocop.yml": "" },
    { test: "bundle exec rspec", lint: "bundle exec rubocop", setup: "bundle install" },
  ],
  ["Rails", { Gemfile: "", "bin/rails": "", "test/a_test.rb": "" }, { test: "bin/rails test" }],
  [
    "PHP with a script",
    { "composer.json": '{"scripts": {"test": "phpunit"}}' },
    { test: "composer test", setup: "composer install" },
  ],
  [
    "PHP with phpunit",
    { "composer.json": "{}", "phpunit.xml.dist": "", "phpstan.neon": "" },
    { test: "vendor/bin/phpunit", types: "vendor/bin/phpstan analyse" },
  ],
  [
    ".NET",
    { "Shop.sln": "", "src/Shop/Shop.csproj": "" },
    { test: "dotnet test", build: "dotnet build", setup: "dotnet restore" },
  ],
  ["Elixir", { "mix.exs": '{:credo, "~> 1.7"}' }, { test: "mix test", lint: "mix credo", setup: "mix deps.get" }],
  ["Swift", { "Package.swift": "" }, { test: "swift test" }],
  ["nothing that is known", { "README.md": "", "main.f90": "" }, { test: null, setup: null }],
];

describe("a project of Go", () => {
  it.each(GO)("%s", (_what, files, wanted) => expectProposed(files, wanted));
});
describe("a project of Python", () => {
  it.each(PYTHON)("%s", (_what, files, wanted) => expectProposed(files, wanted));
});
describe("a project of another kind", () => {
  it.each(OTHERS)("%s", (_what, files, wanted) => expectProposed(files, wanted));
});
