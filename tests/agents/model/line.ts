/** One turn of the made-up model. */
export interface Line {
  text?: string;
  /** The text is said so many times over. */
  repeat?: number;
  /** Has the agent write a file, in the agent's own way; {{answers}} is all that tools have answered so far. */
  write?: { path: string; content: string };
  /** Has the agent read a file, in the agent's own way. */
  read?: string;
  /** Has the agent run a command. */
  run?: string;
  /** Has the agent call a tool of an MCP server. */
  call?: { name: string; args: object };
  /** Has the agent call a tool by the agent's own name for it. */
  own?: { name: string; args: object };
  /** Answers with an error of the service instead; `times`: only so often, then the line is said. */
  status?: number;
  times?: number;
  /** The words of that error. */
  error?: string;
  /** Seconds after which the error asks to be asked again. */
  retryAfter?: number;
  /** Never answers. */
  isHanging?: boolean;
  /** Drops the connection in the midst of the answer. */
  isDropped?: boolean;
  /** Streams bytes that are no answer. */
  isGarbage?: boolean;
  /** Between pieces of the text, ms. */
  pauseMs?: number;
  /** Default 1000 and 50. */
  usage?: { input: number; output: number };
}
