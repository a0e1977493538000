/** An address that leads on to another after signing in. */
export function withNext(path: string, next: string | null | undefined): string {
  return next ? `${path}${path.includes('?') ? '&' : '?'}next=${encodeURIComponent(next)}` : path;
}
