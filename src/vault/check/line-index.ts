/** Finds the line of an offset quickly, many times over, without keeping the text. Pure. */
export class LineIndex {
  /** Offsets of the line ends. */
  readonly #ends: Uint32Array;

  constructor(text: string) {
    const ends: number[] = [];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) ends.push(at);
    this.#ends = Uint32Array.from(ends);
  }

  /** The one-based line of an offset. */
  lineOf(offset: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }
}
