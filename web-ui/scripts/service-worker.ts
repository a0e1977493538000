import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin, type Rolldown } from 'vite';
import { OWN } from '../src/service-worker/routes.ts';

const entry = new URL('../src/service-worker/service-worker.ts', import.meta.url).pathname;
const publicFolder = new URL('../public', import.meta.url).pathname;
/** Loaded when somebody looks for an emoji, and kept from then on. */
const later = /^assets\/emojibase-/;

const sha256 = (what: string | Uint8Array) => createHash('sha256').update(what).digest('base64');

/** Builds the service worker with the list of all files of the app in it, each as it is in this build. */
export function serviceWorker(): Plugin {
  let define: Record<string, unknown> = {};
  return {
    name: 'snug:service-worker',
    apply: 'build',
    configResolved(config) {
      define = config.define ?? {};
    },
    generateBundle: {
      order: 'post',
      async handler(_, bundle) {
        if (!('index.html' in bundle)) return;
        const files = [...builtFiles(bundle), ...publicFiles()].sort(([a], [b]) => (a < b ? -1 : 1));
        const version = sha256(JSON.stringify([files, define]))
          .slice(0, 12)
          .replace(/\W/g, '-');
        this.emitFile({
          type: 'asset',
          fileName: 'service-worker.js',
          source: await script({ version, files }),
        });
      },
    },
  };
}

type File = [path: string, integrity?: string];

function builtFiles(bundle: Rolldown.OutputBundle): File[] {
  const names = Object.keys(bundle).filter((name) => name.startsWith('assets/') && !later.test(name));
  const page = bundle['index.html'] as Rolldown.OutputAsset;
  return [...names.map((name): File => [`/${name}`]), ['/', `sha256-${sha256(page.source)}`]];
}

/** Their names say nothing of what is in them. */
function publicFiles(): File[] {
  const names = readdirSync(publicFolder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /\.\w+$/.test(name) && !OWN.includes(`/${name}`))
    .map((name) => [`/${name}`, `sha256-${sha256(readFileSync(join(publicFolder, name)))}`]);
}

async function script(shell: { version: string; files: File[] }): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: { __SHELL__: JSON.stringify(shell) },
    build: {
      write: false,
      target: ['chrome123', 'firefox121', 'safari17.5'],
      rolldownOptions: { input: entry, output: { format: 'iife' } },
    },
  })) as Rolldown.RolldownOutput;
  return built.output[0].code;
}
