/** Randomness that is a function of its seed: real entropy enters a run once, as the seed in its input (RULE-2). */

/** A 32-bit FNV-1a hash of text (http://www.isthe.com/chongo/tech/comp/fnv/), with a final avalanche. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash >>> 0;
}

/** A number in [0, 1) that depends on nothing but the seed and the words. */
export function randomFrom(seed: number, ...words: (string | number)[]): number {
  return hashText(`${seed}/${words.join("/")}`) / 2 ** 32;
}
