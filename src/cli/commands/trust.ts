/** `pleach trust`: what a repository would run, beside the person's agreement to it: shown, given, taken back. */
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { badConfig, findPlace } from "../place.ts";
import { printJson } from "../streams.ts";
import { keepTrust, type LookedAt, lookAtAll, store } from "../trusted-files.ts";
import { wordFiles } from "../word-powers.ts";
import { line, shortTime } from "../words.ts";

type What = "show" | "give" | "take-back";

/** Resolves with 0. Throws what is wrong with pleach.yaml, and when nothing can be kept. */
export async function trust(what: What, options: CommonOptions): Promise<number> {
  const place = await findPlace(options.C);
  const { root } = place;
  if (what === "give") {
    if (place.errors.length > 0) throw badConfig(place);
    const open = lookAtAll(place).files.filter(({ isTrusted }) => !isTrusted);
    if (open.length > 0) keepTrust(root, open, "person");
  }
  const hadAny = what === "take-back" && store().takeBack(root);
  const { files } = lookAtAll(place);
  if (options.json) {
    printJson({ schema: 1, root, trusted: files.every(({ isTrusted }) => isTrusted), files: files.map(toDocument) });
    return EXIT.done;
  }
  if (what === "take-back") {
    process.stdout.write(hadAny ? "taken back: runs ask again\n" : "there was nothing to take back\n");
    return EXIT.done;
  }
  if (files.length === 0) {
    process.stdout.write("this repository runs nothing that you do not name, and leads nowhere outside of it\n");
    return EXIT.done;
  }
  process.stdout.write(files.map((file) => `${wordFiles([file])}  ${wordState(file)}\n`).join(""));
  const isOpen = files.some(({ isTrusted }) => !isTrusted);
  if (isOpen) process.stdout.write("agree to it as it is now: pleach trust give\n");
  return EXIT.done;
}

const BY = {
  person: "you agreed to it",
  flag: "you agreed to it (--trust)",
  init: "pleach init wrote it for you",
} as const;

function wordState({ isTrusted, known }: LookedAt): string {
  if (known === undefined) return "not agreed to: a run asks first";
  const when = shortTime(new Date(known.at).toISOString());
  return isTrusted ? `${BY[known.by]}: ${when}` : `changed since ${line(when)}: a run asks first`;
}

function toDocument({ path, sha256, powers, known, isTrusted }: LookedAt): object {
  const status = isTrusted ? "trusted" : known === undefined ? "new" : "changed";
  const given = known === undefined ? {} : { by: known.by, at: new Date(known.at).toISOString() };
  return { path, sha256, status, ...given, powers: powers.map(({ key, text }) => ({ key, text })) };
}
