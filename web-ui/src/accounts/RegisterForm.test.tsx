import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../api/errors';
import { RegisterForm } from './RegisterForm';
import { registerAccount } from './sign-in';
import { refuseEmail, refuseLink, refuseUsername } from './validation';

vi.mock('./sign-in', () => ({ registerAccount: vi.fn() }));
const branding = vi.hoisted(() => ({ has_rules: false }));
vi.mock('../branding/use-branding', () => ({ useBranding: () => ({ data: branding }) }));
const register = vi.mocked(registerAccount);
beforeEach(() => {
  branding.has_rules = false;
  register.mockReset();
});

function show() {
  render(
    <I18nProvider i18n={i18n}>
      <RegisterForm submitLabel="Create account" />
    </I18nProvider>,
  );
  const type = (label: string, value: string) =>
    fireEvent.change(screen.getByLabelText(label), { target: { value } });
  return { type, submit: () => fireEvent.click(screen.getByRole('button', { name: 'Create account' })) };
}

test('what is wrong stands below its field, which gets the focus, and nothing is sent', async () => {
  const { type, submit } = show();
  type('Username', 'a b');
  type('Password', 'nine hedgehogs under a hedge');
  submit();
  const field = screen.getByLabelText('Username');
  await waitFor(() => expect(document.activeElement).toBe(field));
  expect(field.getAttribute('aria-invalid')).toBe('true');
  const described = field.getAttribute('aria-describedby')?.split(' ') ?? [];
  expect(described.map((id) => document.getElementById(id)?.textContent).join(' ')).toContain('only letters');
  expect(register).not.toHaveBeenCalled();
});

test('a taken name is told at its field', async () => {
  register.mockImplementationOnce(async () => {
    throw new ApiError({ code: 'username.taken', detail: 'This username is taken.', status: 409 });
  });
  const { type, submit } = show();
  type('Username', ' ann ');
  type('Password', 'nine hedgehogs under a hedge');
  submit();
  expect(await screen.findByText('This username is taken.')).toBeTruthy();
  expect(register.mock.calls[0]?.[0]).toMatchObject({ username: 'ann', invite: undefined });
  expect(screen.getByLabelText('Username').getAttribute('aria-invalid')).toBe('true');
});

test('where there are rules one has to agree to them', async () => {
  branding.has_rules = true;
  const { type, submit } = show();
  type('Username', 'ann');
  type('Password', 'nine hedgehogs under a hedge');
  submit();
  expect(await screen.findByText('Read the rules and agree to them.')).toBeTruthy();
  expect(register).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole('checkbox'));
  submit();
  await waitFor(() => expect(register).toHaveBeenCalledTimes(1));
});

test.each([
  [refuseUsername, ['ann', 'a.b-c_9', 'AB'], ['a', 'a b', 'ä9', 'x'.repeat(33)]],
  [refuseEmail, ['', 'ann@example.org'], ['ann', 'a@', 'a b@c']],
  [refuseLink, ['', 'https://example.org', 'http://x.y'], ['example.org', 'javascript:alert(1)']],
])('%o accepts and refuses', (refuse, good, bad) => {
  for (const text of good) expect(refuse(text)).toBeNull();
  for (const text of bad) expect(refuse(text)).not.toBeNull();
});
