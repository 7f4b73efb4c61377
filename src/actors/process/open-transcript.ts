/** Opening of a transcript, in the words of a command that cannot be started without one. */
import { messageOf } from "../../errors.ts";
import { DEFAULT_MAX_TRANSCRIPT_BYTES, type NotStarted } from "./executor.ts";
import { Transcript } from "./transcript.ts";

/** Opens the transcript at `path`, or says why there can be none. */
export async function openTranscript(
  path: string,
  maxBytes = DEFAULT_MAX_TRANSCRIPT_BYTES,
): Promise<Transcript | NotStarted> {
  try {
    return await Transcript.open(path, maxBytes);
  } catch (error) {
    return {
      kind: "notStarted",
      code: "transcript",
      reason: `the transcript ${path} cannot be created: ${messageOf(error)}`,
      hint: "Make room on the disk and check that the run's folder can be written.",
    };
  }
}
