/** What every writer of the vault's files needs of the disk: errors with a way out. */
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import { showPath } from "./walk.ts";

/** Whether the file system refused because it has no hard links. */
export function hasNoLinks(thrown: unknown): boolean {
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV"].includes(codeOf(thrown) ?? "");
}

/** Whether nothing stands at a path. */
export function isGone(thrown: unknown): boolean {
  return codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR";
}

/** The error for a path that leads out of the vault. */
export function outside(path: string): PleachError {
  return new PleachError(
    "vault.outside",
    `Will not write to ${showPath(path)}: it is a link, or lies outside the vault`,
    {
      hint: "Replace the link by a real folder, or name the folder it leads to as the vault.",
      file: path,
    },
  );
}

/** The error for a vault that cannot be written, with the way out that fits the cause. */
export function unwritable(file: string, cause: unknown): PleachError {
  const code = codeOf(cause);
  const hint =
    code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG"
      ? "Free some space on the disk; nothing that was in the vault is lost."
      : code === "ENOTDIR" || code === "EEXIST" || code === "EISDIR"
        ? "A file stands where a folder is needed (or the other way round): move it away, or name another vault."
        : code === "ENAMETOOLONG" || code === "EINVAL" || code === "ERR_INVALID_ARG_VALUE"
          ? "The disk does not take this name: choose a shorter one, without control characters."
          : "Make the vault's folder writable, or name another one with --vault.";
  return new PleachError("vault.unwritable", `Cannot write to the vault at ${showPath(file)}: ${messageOf(cause)}`, {
    hint,
    file,
    cause,
  });
}
