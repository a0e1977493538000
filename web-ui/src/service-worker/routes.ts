// Which requests the shell answers without the node. The API is never among them.

/** Pages and files of the node itself, beside the web UI. */
const OF_THE_NODE = ['api', 'trust', 'healthz', 'readyz'];

/** Whether an address is one of the app's own pages: as the node decides it (`src/http/ui.rs`). */
export function isPage(path: string): boolean {
  const parts = path.split('/');
  const isFile = parts[1] === 'assets' || (parts.at(-1) ?? '').includes('.');
  return !isFile && !OF_THE_NODE.includes(parts[1] ?? '');
}

/** Whether a file's name changes with what is in it. */
export const isHashed = (path: string): boolean => path.startsWith('/assets/');

/** Files that the instance may have of its own (`src/branding/served.rs`). */
export const OWN = [
  '/branding.css',
  '/custom.css',
  '/favicon.svg',
  '/icons/apple-180.png',
  '/icons/icon-192.png',
  '/icons/icon-512.png',
  '/icons/maskable-512.png',
];

/** Where what other apps share arrives. */
export const SHARE = '/share';
/** More than a message may have; the rest is not worth an address that long. */
const SHARED_CHARS = 20_000;

/** The app's page for what was shared. It stands behind the `#`, which no request carries to the node. */
export function sharePage(fields: { get(name: string): unknown }): string {
  const [title = '', text = '', url = ''] = ['title', 'text', 'url'].map((name) => {
    const field = fields.get(name);
    return typeof field === 'string' ? field.trim() : '';
  });
  const parts = [title !== text ? title : '', text, text.includes(url) ? '' : url];
  const shared = parts.filter(Boolean).join('\n').slice(0, SHARED_CHARS);
  return `${SHARE}#${new URLSearchParams({ text: shared })}`;
}
