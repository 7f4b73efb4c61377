/** From how much of a usage window on an account is used with care: before the wall, not at it. */
export const NEAR = 0.9;
export const NEARER = 0.97;

/** 0: far from its limit; 1: near, half as many at once; 2: nearer, one at a time. */
export const nearnessOf = (used: number): 0 | 1 | 2 => (used >= NEARER ? 2 : used >= NEAR ? 1 : 0);
