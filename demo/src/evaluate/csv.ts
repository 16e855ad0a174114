/** Owns the reading of CSV by RFC 4180: quoted fields, doubled quotes, line breaks inside, any line end. Pure. */

export interface CsvRow {
  /** Of its first character, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** What is wrong with a text that cannot be read, and where. */
export class LineError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`Line ${line}: ${message}`);
    this.line = line;
  }
}

const DELIMITERS = [',', ';', '\t'] as const;

/** Rows without any character are left out. Throws `LineError`. */
export function parseCsv(text: string): readonly CsvRow[] {
  const delimiter = delimiterOf(text);
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let [at, line, rowLine] = [0, 1, 1];

  function endRow(): void {
    if (fields.length > 1 || fields[0] !== '') rows.push({ line: rowLine, fields });
    fields = [];
    rowLine = line;
  }

  while (at < text.length) {
    if (text[at] === '"') {
      const quoted = readQuoted(text, at, line, delimiter);
      fields.push(quoted.value);
      [at, line] = [quoted.end, quoted.line];
    } else {
      const end = endOfPlain(text, at, delimiter);
      fields.push(text.slice(at, end));
      at = end;
    }
    if (text[at] === delimiter) {
      at++;
      // A delimiter at the very end has an empty field after it.
      if (at < text.length && !isBreak(text, at)) continue;
      fields.push('');
    }
    if (at < text.length) {
      at += text.startsWith('\r\n', at) ? 2 : 1;
      line++;
    }
    endRow();
  }
  return rows;
}

/** The one that the first line has most of. */
function delimiterOf(text: string): string {
  const end = text.search(/[\r\n]/);
  const first = (end < 0 ? text : text.slice(0, end)).replaceAll(/"(?:[^"]|"")*"/g, '');
  const counts = DELIMITERS.map((delimiter) => first.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}

function endOfPlain(text: string, from: number, delimiter: string): number {
  let end = from;
  while (end < text.length && text[end] !== delimiter && !isBreak(text, end)) end++;
  return end;
}

function isBreak(text: string, at: number): boolean {
  return text[at] === '\n' || text[at] === '\r';
}

function readQuoted(
  text: string,
  from: number,
  firstLine: number,
  delimiter: string,
): { readonly value: string; readonly end: number; readonly line: number } {
  let value = '';
  let at = from + 1;
  let line = firstLine;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0)
      throw new LineError(
        firstLine,
        'a quote (") is opened and never closed; close it, or double quotes within a text ("").',
      );
    const part = text.slice(at, close);
    line += part.split(/\r\n|\r|\n/).length - 1;
    value += part;
    at = close + 1;
    if (text[at] !== '"') break;
    value += '"';
    at++;
  }
  if (at < text.length && text[at] !== delimiter && !isBreak(text, at)) {
    throw new LineError(line, 'something follows a closing quote ("); double quotes within a text ("").');
  }
  return { value, end: at, line };
}
