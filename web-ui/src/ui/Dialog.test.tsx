import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it } from 'vitest';
import { Dialog } from './Dialog';

type Open = 'first' | 'second' | null;

/** A dialog that leads to another, as the switcher does. */
function Page() {
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <I18nProvider i18n={i18n}>
      <textarea aria-label="Message" onKeyDown={({ key }) => key === 'F2' && setOpen('first')} />
      {open === 'first' && (
        <Dialog open onOpenChange={close} title="Go to">
          <input aria-label="Where" onKeyDown={({ key }) => key === 'Enter' && setOpen('second')} />
        </Dialog>
      )}
      {open === 'second' && (
        <Dialog open onOpenChange={close} title="Somebody">
          <input aria-label="Who" />
        </Dialog>
      )}
    </I18nProvider>
  );
}

const hasFocus = (label: string) =>
  waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText(label)));

it('takes the focus and gives it back', async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.click(screen.getByLabelText('Message'));
  await user.keyboard('{F2}');
  await hasFocus('Where');
  await user.keyboard('{Escape}');
  await hasFocus('Message');
});

it('gives it back to where it was before the dialog that led here', async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.click(screen.getByLabelText('Message'));
  await user.keyboard('{F2}');
  await hasFocus('Where');
  await user.keyboard('{Enter}');
  await hasFocus('Who');
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await hasFocus('Message');
});
