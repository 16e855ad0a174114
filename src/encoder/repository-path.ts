/**
 * Whether a text is a plain relative path of a model's repository: at most 255 characters, in parts of
 * letters, digits and `_ . + -` that end in no dot. So there is no way up, no query, fragment, escape, backslash or drive, on any platform.
 */
export function isRepositoryPath(text: unknown): text is string {
  return typeof text === 'string' && text.length < 256 && /^(?:[\w.+-]*[\w+-]\/)*[\w.+-]*[\w+-]$/.test(text);
}
