import { lstatSync, readlinkSync, realpathSync, statSync, type BigIntStats } from 'node:fs';
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
    `Got ${path} or its -wal deleted, moved or replaced while a router had it open: changes since then are in no file of that name. Put it back, or export the routes, then open the router again.`,
  );
}
