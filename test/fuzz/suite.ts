/** What every fuzz suite exports as `suite`, and how its faults are counted. */

export interface FuzzOptions {
  /** The same seed gives the same inputs. */
  readonly seed: number;
  /** How many inputs, histories or kills the suite tries; each suite says what one run is. */
  readonly runs: number;
  /** Receives progress, a line at a time. */
  readonly log: (line: string) => void;
}

export interface FuzzReport {
  /** What was tried, by kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** One sentence for each fault, with the seed or input that reproduces it. */
  readonly faults: readonly string[];
}

export interface FuzzSuite {
  /** Runs in CI, and by hand. */
  readonly shortRuns: number;
  readonly longRuns: number;
  readonly run: (options: FuzzOptions) => Promise<FuzzReport>;
}
