/** Owns the numbers that scan.as.ts, its twin and the index share; scan.as.ts says what they mean. */

export const BLOCK_ROWS = 1_024;
/** Bytes of a row's header, in front of its int8 values. */
export const VALUES_OFFSET = 16;
export const LENGTH_OFFSET = 8;
export const OWNER_OFFSET = 12;
/** Values of a row are padded to a multiple of it. */
export const LANES = 16;

/** Where seals and owners of rows lie that are taken in together, in front of all rows; there is room for so many. */
export const TAKEN = { seals: 512, owners: 1_024, end: 1_280, rows: 64 } as const;

/** Bytes of a query's state, and the offsets of its fields. */
export const STATE_BYTES = 32;
export const STATE = { scale: 0, length: 4, error: 8, bounds: 12, candidates: 16, found: 20 } as const;
