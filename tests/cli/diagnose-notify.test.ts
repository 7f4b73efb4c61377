/** What `doctor` says of commands of `notify`. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { diagnoseNotify, programOf } from "../../src/cli/diagnose-notify.ts";
import type { NoticeRule } from "../../src/plan/model.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

const rule = (run: string): NoticeRule => ({ when: ["finished"], run });

function makePath(...names: string[]) {
  const root = makeTempFolder("notify", "test");
  const bin = join(root, "bin");
  mkdirSync(bin);
  for (const name of names) {
    writeFileSync(join(bin, name), "#!/bin/sh\n");
    chmodSync(join(bin, name), 0o755);
  }
  return { env: { PATH: bin, HOME: root }, root: join(root, "repository") };
}

it("names each program that is not there", () => {
  const place = makePath("curl");
  const notify = [rule("curl -d x y"), rule("crul -d x y"), { when: ["finished" as const], desktop: true as const }];
  expect(diagnoseNotify({ notify }, { ...place, platform: "linux" })).toMatchObject({
    status: "warn",
    message: expect.stringMatching(/no program crul, notify-send$/),
  });
  expect(diagnoseNotify({ notify }, { ...place, platform: "darwin" }).message).toMatch(/crul, osascript$/);
});

it("has nothing against those that are, at home, too", () => {
  const place = makePath("curl", "notify-send");
  const notify = [
    rule("curl -d x"),
    rule("~/bin/curl"),
    rule("./bin/curl"),
    rule("TOKEN=a curl"),
    { when: [], desktop: true as const },
  ];
  expect(diagnoseNotify({ notify }, { ...place, platform: "linux" })).toMatchObject({ status: "ok", hint: null });
  expect(diagnoseNotify({}, { ...place, platform: "linux" })).toMatchObject({ status: "ok" });
});

it.each([
  ["'my prog' x", null],
  ["$TELL x", null],
  ["(a; b)", null],
  ["echo x | mail me", null],
  ["printf x", null],
  ["A=1 B=2 tell me", "tell"],
  ["./tell me", "./tell"],
  ["   ", null],
])("of %j it looks for %j", (run, program) => {
  expect(programOf(rule(run), "linux")).toBe(program);
});
