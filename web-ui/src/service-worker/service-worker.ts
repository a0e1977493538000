// Between the app and the network: starts the app without the node, and takes what other apps share. Built by
// scripts/service-worker.ts into one file of its own.
import { clicked, pushed, renewed } from './push';
import { isHashed, isPage, OWN, SHARE, sharePage } from './routes';
import type { ServiceWorkerScope } from './scope';
import { file, own, page, type Shell, store, tidy } from './shell';

declare const __SHELL__: Shell;

const scope = globalThis as unknown as ServiceWorkerScope;
const shell = __SHELL__;
const files = new Set(shell.files.map(([path]) => path));

scope.addEventListener('install', (event) => event.waitUntil(store(shell)));

scope.addEventListener('activate', (event) => event.waitUntil(tidy(shell).then(() => scope.clients.claim())));

// A new version waits until somebody wants it (app/version.ts).
scope.addEventListener('message', (event) => {
  if (event.data === 'take over') event.waitUntil(scope.skipWaiting());
});

scope.addEventListener('push', (event) => event.waitUntil(pushed(scope, event.data?.json())));

scope.addEventListener('notificationclick', (event) => event.waitUntil(clicked(scope, event.notification)));

scope.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renewed(scope, event)));

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== scope.location.origin) return;
  if (request.method === 'POST' && pathname === SHARE) event.respondWith(shared(request));
  else if (request.method !== 'GET') return;
  else if (request.mode === 'navigate') {
    if (isPage(pathname)) event.respondWith(page(shell));
  } else if (OWN.includes(pathname)) event.respondWith(own(pathname));
  else if (isHashed(pathname) || files.has(pathname)) event.respondWith(file(shell, request));
});

async function shared(request: Request): Promise<Response> {
  const fields = await request.formData().catch(() => new FormData());
  return Response.redirect(new URL(sharePage(fields), scope.location.href), 303);
}
