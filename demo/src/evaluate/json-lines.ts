/** Owns where things stand in a JSON text: the lines of its items, and of its first error. Pure. */

/** The line of each item of the outermost array, or of each member of the outermost object; of valid JSON. */
export function itemLines(text: string): readonly number[] {
  const lines: number[] = [];
  let [depth, line, isItemNext] = [0, 1, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '\n') line++;
    if (isSpace(character)) continue;
    if (isItemNext && depth === 1 && character !== ']' && character !== '}') {
      lines.push(line);
      isItemNext = false;
    }
    if (character === '"') at = endOfString(text, at);
    else if (character === '[' || character === '{') {
      depth++;
      if (depth === 1) isItemNext = true;
    } else if (character === ']' || character === '}') depth--;
    else if (character === ',' && depth === 1) isItemNext = true;
  }
  return lines;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t';
}

const STRING = String.raw`"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"`;
const SCALAR = new RegExp(String.raw`${STRING}|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null`, 'y');

/** The line from which on a text is no JSON; engines do not all say it. */
export function firstErrorLine(text: string): number {
  const open: ('[' | '{')[] = [];
  let at = skipSpace(text, 0);
  /** What may come: a value, a key, or what follows a value. */
  let next: 'value' | 'key' | 'after' = 'value';
  let mayClose = false;
  for (;;) {
    at = skipSpace(text, at);
    const character = text[at];
    const inside = open.at(-1);
    if ((next === 'after' || mayClose) && inside && character === (inside === '[' ? ']' : '}')) {
      open.pop();
      at++;
      next = 'after';
      mayClose = false;
      continue;
    }
    mayClose = false;
    if (next === 'after') {
      if (!inside || character !== ',') break;
      at++;
      next = inside === '[' ? 'value' : 'key';
      continue;
    }
    if (next === 'value' && (character === '[' || character === '{')) {
      open.push(character);
      at++;
      next = character === '[' ? 'value' : 'key';
      mayClose = true;
      continue;
    }
    SCALAR.lastIndex = at;
    const scalar = SCALAR.exec(text)?.[0];
    if (scalar === undefined || (next === 'key' && !scalar.startsWith('"'))) break;
    at += scalar.length;
    if (next === 'key') {
      at = skipSpace(text, at);
      if (text[at] !== ':') break;
      at++;
      next = 'value';
    } else next = 'after';
  }
  return text.slice(0, at).split('\n').length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text[at])) at++;
  return at;
}
