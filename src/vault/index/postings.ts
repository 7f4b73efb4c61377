/**
 * The index's memory: for each slot (a term in a field) the documents that hold it and how often, and for each document
 * its counts and the lengths of its fields. Sums are kept exact (they are integers), so nothing drifts, however often
 * documents come and go.
 *
 * INDEX-3 A slot's list holds pairs of a document's number and a count, by number, ascending.
 * INDEX-4 The lists hold exactly what the documents' own counts hold.
 *
 * Documents that come before anybody asks, ten thousand of them when a program starts, are only noted; their lists are then
 * made at once, one behind the other in one array. A list that changes afterwards is copied out of it.
 */
import type { TermCounts } from "./term-counts.ts";

interface IndexedEntry {
  ref: string;
  counts: TermCounts;
  /** Tokens in each field. */
  lengths: readonly number[];
}

/** Pairs of a document's number and a count (INDEX-3). */
export type PostingList = readonly number[] | Uint32Array;

const NONE: readonly number[] = [];

/** A number that is there: whoever asks has looked at the length. */
export const itemOf = (list: PostingList | Float64Array, at: number): number => list[at] ?? 0;

/** The lists of all slots, one behind the other: that of a slot is from its start to the next one's. */
interface PackedLists {
  starts: Uint32Array;
  pairs: Uint32Array;
}

/** Documents by number, and lists by slot. */
export class Postings {
  readonly fieldCount: number;
  /** Null until somebody asks for the first time. */
  #packed: PackedLists | null = null;
  /** Lists that have changed since they were packed, or are new. */
  readonly #lists: (number[] | undefined)[] = [];
  readonly #entries: (IndexedEntry | undefined)[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];
  readonly #totals: number[];

  constructor(fieldCount: number) {
    this.fieldCount = fieldCount;
    this.#totals = Array.from({ length: fieldCount }, () => 0);
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** Numbers of documents are smaller than this. */
  get bound(): number {
    return this.#entries.length;
  }

  /** Pairs of a document's number and a count (INDEX-3); not to be kept over a change. */
  listOf(term: number, field: number): PostingList {
    const slot = term * this.fieldCount + field;
    return this.#lists[slot] ?? this.#packedOf(slot);
  }

  refOf(number: number): string {
    return this.#entries[number]?.ref ?? "";
  }

  /** Tokens in a field of a document. */
  lengthOf(number: number, field: number): number {
    return this.#entries[number]?.lengths[field] ?? 0;
  }

  /** Mean number of tokens in a field over all documents. */
  averageLength(field: number): number {
    return (this.#totals[field] ?? 0) / this.size;
  }

  /** Adds a document or puts it in another's place; only slots whose count differs are touched. */
  set(ref: string, counts: TermCounts): void {
    const known = this.#numbers.get(ref);
    const number = known ?? this.#free.pop() ?? this.#entries.length;
    const before = this.#entries[number];
    this.#numbers.set(ref, number);
    this.#entries[number] = { ref, counts, lengths: this.#measure(counts) };
    // Before the first question: it is packed with all others then.
    if (this.#packed === null && before === undefined) {
      this.#addLengths(this.#entries[number], 1);
      return;
    }
    if (before === undefined) this.#add(number, counts);
    else this.#replace(number, before.counts, counts);
    this.#addLengths(before, -1);
    this.#addLengths(this.#entries[number], 1);
  }

  /** Removes a document, if it is there. */
  delete(ref: string): void {
    const number = this.#numbers.get(ref);
    const before = number === undefined ? undefined : this.#entries[number];
    if (number === undefined || before === undefined) return;
    this.#replace(number, before.counts, new Uint32Array());
    this.#addLengths(before, -1);
    this.#numbers.delete(ref);
    this.#entries[number] = undefined;
    this.#free.push(number);
  }

  #measure(counts: TermCounts): number[] {
    const lengths = this.#totals.map(() => 0);
    for (let at = 0; at < counts.length; at += 2) {
      const field = itemOf(counts, at) % this.fieldCount;
      lengths[field] = (lengths[field] ?? 0) + itemOf(counts, at + 1);
    }
    return lengths;
  }

  #addLengths(entry: IndexedEntry | undefined, sign: 1 | -1): void {
    for (const [field, length] of entry?.lengths.entries() ?? []) {
      this.#totals[field] = (this.#totals[field] ?? 0) + sign * length;
    }
  }

  /** As `#replace` from nothing. */
  #add(number: number, counts: TermCounts): void {
    for (let at = 0; at < counts.length; at += 2) this.#put(itemOf(counts, at), number, itemOf(counts, at + 1));
  }

  /** Walks two sorted lists of counts side by side. */
  #replace(number: number, before: TermCounts, after: TermCounts): void {
    // With what is noted so far: what is replaced was among it.
    this.#pack(number, before);
    let [a, b] = [0, 0];
    while (a < before.length || b < after.length) {
      const was = before[a] ?? Number.POSITIVE_INFINITY;
      const is = after[b] ?? Number.POSITIVE_INFINITY;
      if (was < is) this.#drop(was, number);
      else if (is < was || before[a + 1] !== after[b + 1]) this.#put(is, number, itemOf(after, b + 1));
      if (was <= is) a += 2;
      if (is <= was) b += 2;
    }
  }

  #put(slot: number, number: number, count: number): void {
    const list = this.#ownList(slot);
    const at = findPair(list, number);
    if (list[at] === number) list[at + 1] = count;
    else if (at === list.length) list.push(number, count);
    else list.splice(at, 0, number, count);
  }

  #drop(slot: number, number: number): void {
    const list = this.#ownList(slot);
    const at = findPair(list, number);
    if (list[at] === number) list.splice(at, 2);
  }

  /** A slot's list, to be changed. */
  #ownList(slot: number): number[] {
    const known = this.#lists[slot];
    if (known !== undefined) return known;
    // Slots between the last one and this are filled, since an array with holes far apart becomes a slow dictionary.
    while (this.#lists.length < slot) this.#lists.push(undefined);
    const list = [...this.#packedOf(slot)];
    this.#lists[slot] = list;
    return list;
  }

  #packedOf(slot: number): PostingList {
    const { starts, pairs } = this.#packed ?? this.#pack();
    return slot + 1 < starts.length ? pairs.subarray(starts[slot], starts[slot + 1]) : NONE;
  }

  /** Packs the lists of all documents, unless that was done; the one of this number with other counts than it has now. */
  #pack(number = -1, its: TermCounts = new Uint32Array()): PackedLists {
    if (this.#packed !== null) return this.#packed;
    const all = this.#entries.map((entry, at) => (at === number ? its : (entry?.counts ?? new Uint32Array())));
    // Counts are sorted by their slots.
    const slots = all.reduce((most, counts) => Math.max(most, (counts[counts.length - 2] ?? -1) + 1), 0);
    const starts = new Uint32Array(slots + 1);
    for (const counts of all) {
      for (let at = 0; at < counts.length; at += 2) {
        const next = itemOf(counts, at) + 1;
        starts[next] = itemOf(starts, next) + 2;
      }
    }
    for (let slot = 1; slot <= slots; slot += 1) starts[slot] = itemOf(starts, slot) + itemOf(starts, slot - 1);
    const pairs = new Uint32Array(itemOf(starts, slots));
    const ends = starts.slice();
    for (const [document, counts] of all.entries()) {
      for (let at = 0; at < counts.length; at += 2) {
        const slot = itemOf(counts, at);
        const end = itemOf(ends, slot);
        pairs[end] = document;
        pairs[end + 1] = itemOf(counts, at + 1);
        ends[slot] = end + 2;
      }
    }
    this.#packed = { starts, pairs };
    return this.#packed;
  }
}

/** Several slots' lists as one (INDEX-3), counts added up; not to be kept over a change. */
export function mergeLists(lists: readonly PostingList[]): PostingList {
  const held = lists.filter(({ length }) => length > 0);
  const [first = NONE, ...others] = held.sort((a, b) => a.length - b.length);
  return others.reduce<PostingList>(mergeTwo, first);
}

function mergeTwo(a: PostingList, b: PostingList): PostingList {
  const merged: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const one = a[i] ?? Number.POSITIVE_INFINITY;
    const other = b[j] ?? Number.POSITIVE_INFINITY;
    let count = 0;
    if (one <= other) {
      count += itemOf(a, i + 1);
      i += 2;
    }
    if (other <= one) {
      count += itemOf(b, j + 1);
      j += 2;
    }
    merged.push(Math.min(one, other), count);
  }
  return merged;
}

/** Where the pair of a document's number stands in a slot's list, or would stand. */
export function findPair(list: PostingList, number: number): number {
  const last = list[list.length - 2];
  if (last === undefined || last < number) return list.length;
  let [low, high] = [0, list.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (itemOf(list, middle * 2) < number) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}
