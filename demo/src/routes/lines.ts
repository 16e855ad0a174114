/** Owns the reading of pasted text: one sentence a line, within what a page can hold. Pure. */

export interface ReadLines {
  readonly lines: readonly string[];
  /** Why nothing is taken, for people. */
  readonly problem?: string;
}

/** A box with more takes the browser seconds to lay out. */
const MOST_PASTED = 256 * 1024;
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

/** Why a pasted text does not even enter the box; `undefined`: it may. */
export function refusePaste(text: string): string | undefined {
  if (text.length <= MOST_PASTED) return undefined;
  return `That is ${text.length.toLocaleString('en')} characters; at most ${MOST_PASTED.toLocaleString('en')} can be pasted at once. Nothing was pasted; larger sets can be imported as JSON in the Storage tab.`;
}
