/** The secret that `wrangler secret put WRITE_TOKEN` sets; without it every write is refused. */
declare namespace Cloudflare {
  interface Env {
    readonly WRITE_TOKEN?: string;
  }
}
