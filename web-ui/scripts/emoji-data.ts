import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const require = createRequire(import.meta.url);
const languages = ['en'];
const files = ['data.json', 'messages.json', 'shortcodes/emojibase.json'];

/**
 * Ships the emoji data with the app, so that no browser asks another host for it. The folder carries
 * the data's version, which makes the files as immutable as the hashed ones beside them.
 */
export function emojiData(): { url: string; plugin: Plugin } {
  const { version } = require('emojibase-data/package.json') as { version: string };
  const folder = `assets/emojibase-${version}`;
  const read = (name: string) => inOneForm(readFileSync(require.resolve(`emojibase-data/${name}`), 'utf8'));
  const names = languages.flatMap((language) => files.map((file) => `${language}/${file}`));

  const plugin: Plugin = {
    name: 'snug:emoji-data',
    generateBundle() {
      for (const name of names) {
        this.emitFile({ type: 'asset', fileName: `${folder}/${name}`, source: read(name) });
      }
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = names.find((name) => request.url?.split('?')[0] === `/${folder}/${name}`);
        if (!name) return next();
        response.setHeader('content-type', 'application/json');
        response.end(read(name));
      });
    },
  };
  return { url: `/${folder}`, plugin };
}

/**
 * The data puts a variation selector behind every emoji that can also be drawn as text. Where an emoji is
 * drawn in colours anyway, phones and keyboards leave it out, and 👍 with and without it would be two reactions.
 */
function inOneForm(text: string): string {
  return text.replace(/(\p{Emoji_Presentation})\uFE0F/gu, '$1');
}
