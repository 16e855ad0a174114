import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeSync,
  type BigIntStats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { RouterError } from '../core/errors.ts';

/** As many links as Linux follows. */
const MAX_LINKS = 40;

/** The path under which SQLite knows a file, which may not exist yet; links are followed, to files that are missing too. */
export function realPathOf(path: string, linksLeft: number = MAX_LINKS): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    if (linksLeft > 0 && lstatSync(absolute, { throwIfNoEntry: false })?.isSymbolicLink()) {
      return realPathOf(resolve(dirname(absolute), readlinkSync(absolute)), linksLeft - 1);
    }
    const folder = dirname(absolute);
    return folder === absolute ? absolute : join(realPathOf(folder, linksLeft), basename(absolute));
  }
}

/** Looks whether a path still names the file that it named when it was first noted. */
export class FileWatch {
  readonly #path: string;
  #noted: BigIntStats | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  note(): void {
    this.#noted ??= this.#look();
  }

  get isSame(): boolean {
    if (!this.#noted) return true;
    const { ino, dev } = this.#look() ?? {};
    return ino === this.#noted.ino && dev === this.#noted.dev;
  }

  #look(): BigIntStats | undefined {
    return statSync(this.#path, { bigint: true, throwIfNoEntry: false });
  }
}

/** @param path of the database */
export function goneError(path: string): RouterError {
  return new RouterError(
    'STORAGE_FAILED',
    `Got ${path} or its -wal deleted, moved or replaced while it was open: changes since are lost with this router. Export its routes, or put the file back, then open it again.`,
  );
}

/**
 * The revision that was acknowledged last, in a file beside the database. SQLite takes a damaged frame of its log for the
 * log's end, and what was behind it is gone without an error; only this tells.
 */
export class Acknowledged {
  readonly #path: string;
  #file: number | undefined;

  /** @param path of the database */
  constructor(path: string) {
    this.#path = acknowledgedPath(path);
  }

  /** Not flushed: what a power failure takes of it makes it tell less, never too much. */
  note(revision: number): void {
    try {
      this.#file ??= openSync(this.#path, existsSync(this.#path) ? 'r+' : 'w');
      writeSync(this.#file, String(revision).padStart(16, '0'), 0);
    } catch {
      // On a full disk, say: the change itself is durable.
    }
  }

  /** @param isNeeded there is a log that it tells of */
  close(isNeeded: boolean): void {
    if (this.#file !== undefined) closeSync(this.#file);
    if (!isNeeded) rmSync(this.#path, { force: true });
  }
}

export function acknowledgedPath(path: string): string {
  return `${path}-durable`;
}

/** The least revision that a database with a log has; 0 where it has none, or nothing is known. */
export function leastRevision(path: string): number {
  const beside = acknowledgedPath(path);
  return existsSync(`${path}-wal`) && existsSync(beside) ? Number(readFileSync(beside, 'latin1')) || 0 : 0;
}
