/** Owns how numbers are written on this page. */

const MEBIBYTE = 1024 * 1024;

/** Three digits, so that a score just short of its threshold is seen to be short. */
export function formatScore(score: number): string {
  // Rounding alone would write a tiny negative as -0.000.
  return (Math.abs(score) < 0.0005 ? 0 : score).toFixed(3);
}

/** A threshold as its owner wrote it: 0.5, not 0.500; one that is learnt with the digits of a score. */
export function formatThreshold(threshold: number): string {
  return String(Number(threshold.toFixed(3)));
}

export function formatMs(elapsedMs: number): string {
  if (elapsedMs >= 1000) return `${(elapsedMs / 1000).toFixed(1)} s`;
  return `${elapsedMs < 100 ? elapsedMs.toFixed(1) : Math.round(elapsedMs)} ms`;
}

export function formatMebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(1);
}

export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** Whole, and never all or nothing where it is not. */
export function formatPercent(share: number): string {
  const whole = Math.round(share * 100);
  if (whole === 100 && share < 1) return '> 99 %';
  if (whole === 0 && share > 0) return '< 1 %';
  return `${whole} %`;
}

/** In the unit that people compare. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < MEBIBYTE) return `${(bytes / 1024).toFixed(1)} KiB`;
  return bytes < 1024 * MEBIBYTE ? `${formatMebibytes(bytes)} MiB` : `${(bytes / MEBIBYTE / 1024).toFixed(1)} GiB`;
}
