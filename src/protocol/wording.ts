/** What the table of facts may say of one type: whom it is for, how it looks, and its words. */

/**
 * `person`: said while the run goes on. `watcher`: shown to who looks closer, and to programs. `machinery`: what actors
 * tell each other to get there; only the log's own records hold it.
 */
export type Audience = "person" | "watcher" | "machinery";

/** What a fact means for the eye. */
export type FactTone = "good" | "bad" | "warn" | "busy" | "plain";

/** How facts of one type are told; `Data` are those of the fact. */
export interface Wording<Data> {
  audience: Exclude<Audience, "machinery"> | ((data: Data) => Exclude<Audience, "machinery">);
  tone: (data: Data) => FactTone;
  words: (data: Data) => string;
  /** Further lines for who has room for them. */
  details?: (data: Data) => string[];
  /** Kept outputs that say why, relative to the run's folder. */
  logs?: (data: Data) => string[];
  /** Whom it is about, when that is not its actor. */
  about?: (data: Data) => string;
  /** What the status document warns of, if it does. */
  warning?: (data: Data, actor: string) => string | null;
}

/** Told to nobody. */
export interface Machinery {
  audience: "machinery";
}
