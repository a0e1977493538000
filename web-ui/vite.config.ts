import { readFileSync } from 'node:fs';
import { lingui } from '@lingui/vite-plugin';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { commonPasswords } from './scripts/common-passwords.ts';
import { emojiData } from './scripts/emoji-data.ts';
import { firstLoadChunks } from './scripts/first-load-chunks.ts';
import { linguiMacros } from './scripts/lingui-macros.ts';
import { serviceWorker } from './scripts/service-worker.ts';

const node = process.env.SNUG_NODE ?? 'http://127.0.0.1:8080';
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const emoji = emojiData();

export default defineConfig({
  plugins: [
    linguiMacros(),
    react(),
    lingui() as Plugin[],
    tailwindcss(),
    emoji.plugin,
    commonPasswords(),
    serviceWorker(),
  ],
  define: {
    __SNUG_VERSION__: JSON.stringify(version),
    __EMOJI_DATA_URL__: JSON.stringify(emoji.url),
  },
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'],
    outDir: 'dist',
    manifest: true,
    // Everything is a file of its own: the policy of the node forbids data: scripts, and a small
    // picture inlined into a chunk could not be cached by itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              debugName: 'first load',
              name: firstLoadChunks([
                {
                  name: 'base',
                  from: [
                    '/src/main.tsx',
                    '/src/accounts/SignInPage.tsx',
                    '/icons/circle-exclamation-point.mjs',
                    '/icons/cloud-off.mjs',
                    '/icons/eye.mjs',
                    '/icons/eye-off.mjs',
                    '/icons/loader-circle.mjs',
                  ],
                },
                { name: 'chat', from: ['/src/app/shell/Shell.tsx'] },
              ]),
            },
          ],
        },
      },
    },
  },
  worker: { format: 'es', plugins: () => [linguiMacros()] },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      [
        '/api',
        '/trust',
        '/ca.crt',
        '/healthz',
        '/readyz',
        '/manifest.webmanifest',
        '/branding.css',
        '/custom.css',
      ].map((path) => [path, { target: node, ws: path === '/api', changeOrigin: false, secure: false }]),
    ),
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    // by itself it leaves one processor idle, which on two is half of them
    maxWorkers: '100%',
  },
});
