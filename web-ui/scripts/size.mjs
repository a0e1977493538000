// Fails when the first load has grown over its budget. Reads the manifest of the last build, follows the
// static imports from the entry (sign-in) and from the pages of the chat, and adds up the brotli files.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const dist = new URL('../dist', import.meta.url).pathname;
const kib = 1024;
const budgets = [
  { name: 'sign-in', pages: [/SignInPage\.tsx$/], js: 75, css: 8 },
  {
    name: 'chat',
    pages: [/SignInPage\.tsx$/, /src\/(app|messages)\/.*(Shell|Page|Chat)\.tsx$/],
    js: 165,
    css: 10,
  },
];

if (!existsSync(join(dist, '.vite/manifest.json'))) {
  console.error('size: there is no build; run `npm run build` first');
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));

function follow(keys) {
  const files = { js: new Set(), css: new Set() };
  const seen = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk || seen.has(key)) return;
    seen.add(key);
    files.js.add(chunk.file);
    for (const file of chunk.css ?? []) files.css.add(file);
    for (const other of chunk.imports ?? []) visit(other);
  };
  for (const key of keys) visit(key);
  return files;
}

function sum(files) {
  let bytes = 0;
  for (const file of files) {
    const compressed = join(dist, `${file}.br`);
    bytes += statSync(existsSync(compressed) ? compressed : join(dist, file)).size;
  }
  return bytes / kib;
}

let failed = 0;
function check(what, size, limit) {
  const ok = size <= limit;
  if (!ok) failed += 1;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}: ${size.toFixed(1)} KB of ${limit}`);
}

const keys = Object.keys(manifest);
const entries = keys.filter((key) => manifest[key].isEntry);
// The texts of one language load beside the code and have a budget of their own.
const language = keys.filter((key) => /locales\/en\.po$/.test(key));
const administration = keys.filter((key) => /administration\/en\.po$/.test(key));

for (const { name, pages, js, css } of budgets) {
  const wanted = pages.flatMap((pattern) => {
    const found = keys.filter((key) => pattern.test(key));
    if (found.length === 0) console.error(`size: no chunk of the build is ${pattern}`);
    failed += found.length === 0 ? 1 : 0;
    return found;
  });
  const files = follow([...entries, ...wanted]);
  check(`${name} JS`, sum(files.js), js);
  check(`${name} CSS`, sum(files.css), css);
}
check('language', sum(follow(language).js), 15);
check('language of the administration', sum(follow(administration).js), 5);
check('index.html', statSync(join(dist, 'index.html')).size / kib, 5);
process.exit(failed > 0 ? 1 : 0);
