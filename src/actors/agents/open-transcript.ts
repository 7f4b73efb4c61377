/** The transcript of an attempt, for adapters that write it by themselves. */
import { messageOf } from "../../errors.ts";
import { DEFAULT_MAX_TRANSCRIPT_BYTES, Transcript } from "../process/index.ts";
import { type AgentNotStarted, type AgentRequest, notStarted } from "./agent.ts";

/** Opens the transcript of an attempt, or says why it cannot begin. */
export async function openTranscript({
  transcript,
  maxTranscriptBytes = DEFAULT_MAX_TRANSCRIPT_BYTES,
}: AgentRequest): Promise<Transcript | AgentNotStarted> {
  try {
    return await Transcript.open(transcript, maxTranscriptBytes);
  } catch (error) {
    const why = `the transcript ${transcript} cannot be created: ${messageOf(error)}`;
    return notStarted(why, "Make room on the disk and check that the run's folder can be written.");
  }
}
