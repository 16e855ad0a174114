/** Owns how numbers are written on this page. */

const MEBIBYTE = 1024 * 1024;

/** Three digits, so that a score just short of its threshold is seen to be short. */
export function formatScore(score: number): string {
  // Rounding alone would write a tiny negative as -0.000.
  return (Math.abs(score) < 0.0005 ? 0 : score).toFixed(3);
}

/** A threshold as its owner wrote it: 0.5, not 0.500. */
export function formatThreshold(threshold: number): string {
  return String(Number(threshold.toFixed(4)));
}

export function formatMs(elapsedMs: number): string {
  return `${elapsedMs < 100 ? elapsedMs.toFixed(1) : Math.round(elapsedMs)} ms`;
}

export function formatMebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(1);
}

export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
