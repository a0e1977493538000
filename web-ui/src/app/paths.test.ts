import { expect, it } from 'vitest';
import { placeOfPath } from './here';
import { paths } from './paths';

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
