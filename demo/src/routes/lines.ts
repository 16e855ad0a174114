/** Owns the reading of pasted text: one sentence a line, within what a page can hold. Pure. */

export interface ReadLines {
  readonly lines: readonly string[];
  /** Why nothing is taken, for people. */
  readonly problem?: string;
}

const MOST_LINES = 2_000;
/** What the model reads of a sentence is far less. */
const LONGEST_LINE = 2_000;

export function readLines(text: string): ReadLines {
  const lines = [
    ...new Set(
      text
        .split(/\r\n|\r|\n/)
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    ),
  ];
  if (lines.length > MOST_LINES) {
    return {
      lines: [],
      problem: `That is ${lines.length.toLocaleString('en')} lines; at most ${MOST_LINES.toLocaleString('en')} can be added at once. Nothing was added.`,
    };
  }
  const long = lines.findIndex((line) => line.length > LONGEST_LINE);
  if (long >= 0) {
    return {
      lines: [],
      problem: `Line ${long + 1} has ${lines[long]?.length.toLocaleString('en')} characters; a sentence may have ${LONGEST_LINE.toLocaleString('en')}. Nothing was added.`,
    };
  }
  return { lines };
}
