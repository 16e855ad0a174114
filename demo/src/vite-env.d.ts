/** What the bundler puts in place. */
interface ImportMeta {
  readonly env: { readonly MODE: string };
}
