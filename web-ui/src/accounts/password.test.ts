import { describe, expect, test } from 'vitest';
import { passwordStrength, refusePassword } from './password-rules';

describe('a new password', () => {
  test.each([
    ['short', /at least 10/],
    ['aaaaaaaaaaaa', /different/],
    ['1q2w3e4r5t', /tried first/],
    ['Password123!', /tried first/],
    ['MargaretHamilton', /your name/],
  ])('%s is refused', async (password, reason) => {
    expect(await refusePassword(password, ['margarethamilton'])).toMatch(reason);
  });

  test('a sentence is accepted', async () => {
    expect(await refusePassword('nine hedgehogs under a hedge')).toBeNull();
  });

  test('gets a rough strength', () => {
    expect(passwordStrength('aaaaaaaaaaaaaaaaaa')).toBe('weak');
    expect(passwordStrength('nine hedgehogs under a hedge')).toBe('strong');
  });
});
