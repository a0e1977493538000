/** Version of this web UI. */
declare const __SNUG_VERSION__: string;
/** Folder with the emoji data: `<url>/<language>/data.json`, `messages.json`, `shortcodes/emojibase.json`. */
declare const __EMOJI_DATA_URL__: string;

declare module '*.po' {
  import type { Messages } from '@lingui/core';
  export const messages: Messages;
}

declare module 'virtual:common-passwords' {
  /** Lower case, one a line. */
  export const list: string;
}
