/**
 * Turns the raw bytes of a terminal into named keys. Ink's own input merges fast keys and leaks mouse and focus reports
 * as text, so the screen reads stdin itself.
 *
 * KEYS-1 Any way of cutting the same bytes into chunks gives the same keys (a sequence may arrive in pieces).
 * KEYS-2 A lone ESC is a key only when nothing follows: the caller waits a moment and calls `flush`.
 * KEYS-3 Pasted text, mouse reports, focus reports and answers of the terminal are no keys.
 *
 * Names: a printable character is itself (`j`, `G`, `?`), others are words: `enter`, `tab`, `backspace`, `space`, `esc`,
 * `up`, `pageup`, `f5`, with `ctrl-`, `alt-`, `shift-` before them.
 */
type State = "ground" | "escape" | "csi" | "ss3" | "string" | "stringEscape" | "mouse" | "paste";

const PASTE_END = "\u001b[201~";
/** A control sequence longer than any real one is noise. */
const MAX_SEQUENCE = 64;
const MOUSE_BYTES = 3;

const FINALS: Record<string, string> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
};
const NUMBERED: Record<string, string> = {
  "1": "home",
  "2": "insert",
  "3": "delete",
  "4": "end",
  "5": "pageup",
  "6": "pagedown",
  "7": "home",
  "8": "end",
  "15": "f5",
  "17": "f6",
  "18": "f7",
  "19": "f8",
  "20": "f9",
  "21": "f10",
  "23": "f11",
  "24": "f12",
};

/** Reads keys from chunks of bytes; one for the life of a screen. */
export class KeyParser {
  #state: State = "ground";
  #sequence = "";
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** True when an ESC waits for what follows it (KEYS-2). */
  get hasPendingEscape(): boolean {
    return this.#state === "escape";
  }

  /** The keys completed by these bytes. */
  push(chunk: Uint8Array): string[] {
    const keys: string[] = [];
    for (const character of this.#decoder.decode(chunk, { stream: true })) {
      const key = this.#step(character);
      if (key !== null) keys.push(...key);
    }
    return keys;
  }

  /** Ends what is pending: a lone ESC becomes the key `esc`. */
  flush(): string[] {
    if (this.#state !== "escape") return [];
    this.#state = "ground";
    return ["esc"];
  }

  #step(character: string): string[] | null {
    switch (this.#state) {
      case "ground":
        return this.#ground(character, "");
      case "escape":
        return this.#escape(character);
      case "csi":
        return this.#csi(character);
      case "ss3":
        this.#state = "ground";
        return named(FINALS[character], "");
      case "string":
        if (character === "\u0007" || character === "\u009c") this.#state = "ground";
        else if (character === "\u001b") this.#state = "stringEscape";
        return null;
      case "stringEscape":
        this.#state = character === "\u001b" ? "stringEscape" : character === "\\" ? "ground" : "string";
        return null;
      case "mouse":
        this.#sequence += character;
        if (this.#sequence.length >= MOUSE_BYTES) this.#state = "ground";
        return null;
      case "paste":
        this.#sequence = (this.#sequence + character).slice(-PASTE_END.length);
        if (this.#sequence === PASTE_END) this.#state = "ground";
        return null;
    }
  }

  #ground(character: string, prefix: string): string[] | null {
    this.#state = "ground";
    if (character === "\u001b") {
      this.#state = "escape";
      return null;
    }
    return named(nameOf(character), prefix);
  }

  #escape(character: string): string[] | null {
    if (character === "\u001b") return ["esc"]; // Two in a row: the first was a key, the second waits in its place.
    this.#sequence = "";
    if (character === "[") this.#state = "csi";
    else if (character === "O") this.#state = "ss3";
    else if (character === "]" || character === "P" || character === "X" || character === "^" || character === "_") {
      this.#state = "string";
    } else return this.#ground(character, "alt-");
    return null;
  }

  #csi(character: string): string[] | null {
    const code = character.charCodeAt(0);
    if (character === "\u001b") {
      this.#state = "escape";
      return null;
    }
    if (code >= 0x20 && code <= 0x3f) {
      this.#sequence += character;
      if (this.#sequence.length > MAX_SEQUENCE) this.#state = "ground";
      return null;
    }
    this.#state = "ground";
    if (code < 0x40 || code > 0x7e) return null;
    return this.#finishCsi(character);
  }

  #finishCsi(final: string): string[] | null {
    const sequence = this.#sequence;
    this.#sequence = "";
    if (final === "~" && sequence === "200") {
      this.#state = "paste";
      return null;
    }
    if (final === "M" && sequence === "") {
      this.#state = "mouse";
      return null;
    }
    if (!/^[\d;]*$/.test(sequence)) return null;
    const [first = "", modifier = ""] = sequence.split(";");
    if (final === "Z") return ["shift-tab"];
    return named(final === "~" ? NUMBERED[first] : FINALS[final], modifiersOf(modifier));
  }
}

function named(name: string | undefined, prefix: string): string[] | null {
  return name === undefined ? null : [prefix + name];
}

function modifiersOf(parameter: string): string {
  const bits = parameter === "" ? 0 : Number(parameter) - 1;
  return (bits & 4 ? "ctrl-" : "") + (bits & 2 ? "alt-" : "") + (bits & 1 ? "shift-" : "");
}

function nameOf(character: string): string | undefined {
  const code = character.codePointAt(0) ?? 0;
  if (character === "\r" || character === "\n") return "enter";
  if (character === "\t") return "tab";
  if (character === " ") return "space";
  if (code === 0x7f || code === 0x08) return "backspace";
  if (code > 0 && code < 0x1b) return `ctrl-${String.fromCharCode(code + 0x60)}`;
  if (code < 0x20 || (code >= 0x80 && code <= 0x9f)) return undefined;
  return character;
}
