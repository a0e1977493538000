import { expect, it } from 'vitest';
import { placeOfPath } from './here';
import { paths, routes } from './paths';

it('has exactly these addresses', () => {
  const all = Object.values(paths).map((path) =>
    typeof path === 'string' ? path : (path as (...parts: (string | number)[]) => string)('A', 'B', 3),
  );
  expect(all).toMatchInlineSnapshot(`
    [
      "/",
      "/sign-in",
      "/register",
      "/setup/A",
      "/reset/A",
      "/invite/A",
      "/s/A",
      "/s/A/B",
      "/s/A/B/3",
      "/s/A/settings/B",
      "/c/A",
      "/privacy",
      "/rules",
      "/c",
      "/c/A",
      "/c/A/B",
      "/settings/A",
      "/admin/A",
    ]
  `);
});

it('knows the conversation of an address', () => {
  expect(placeOfPath(paths.room('s', 'r'))).toEqual({ serverId: 's', conversationId: 'r' });
  expect(placeOfPath(paths.conversationMessage('c', 3))).toEqual({ serverId: null, conversationId: 'c' });
  expect(placeOfPath(paths.serverSettings('s'))).toBeNull();
  expect(placeOfPath(paths.settings())).toBeNull();
});

it('tells contact codes from conversations', () => {
  for (const path of ['/c/7KQ2M9XA4C0B1D2E', '/c/7kq2-m9xa-4c0b-1d2e']) expect(path).toMatch(routes.contact);
  for (const path of [
    paths.conversation('01890000-0000-7000-8000-000000000abc'),
    '/c/7KQ2M9XA4C0B1D2E/3',
    '/c/',
  ]) {
    expect(path).not.toMatch(routes.contact);
  }
});
