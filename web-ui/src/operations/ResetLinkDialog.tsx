import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '../api/errors';
import type { AdminUser } from '../api/types';
import { exactTime } from '../lib/time';
import { Button } from '../ui/Button';
import { CopyField } from '../ui/CopyField';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/FormError';
import { makeResetLink } from './api';

/** Makes a one-time link with which somebody sets a new password, and shows it this once. */
export function ResetLinkDialog({ user, onClose }: { user: AdminUser; onClose: () => void }) {
  const { t } = useLingui();
  const [link, setLink] = useState<{ url: string; expires_at: number } | null>(null);
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  const { username } = user.user;

  async function make() {
    setState({ busy: true, error: null });
    try {
      setLink(await makeResetLink(user.user.id));
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error: errorText(error) });
    }
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Reset the password of @${username}`}
      size="sm"
      description={
        link
          ? t`Give it to @${username} over a way that you trust. It is shown only now.`
          : t`A link is made that works once. The present password stays valid until a new one is set with it.`
      }
      footer={
        link ? (
          <Button variant="primary" onClick={onClose}>{t`Done`}</Button>
        ) : (
          <Button variant="primary" busy={state.busy} onClick={() => void make()}>{t`Make the link`}</Button>
        )
      }
    >
      <FormError text={state.error} />
      {link && (
        <CopyField
          label={t`Reset link`}
          value={new URL(link.url, location.origin).href}
          hint={t`Works once, until ${exactTime(link.expires_at)}.`}
        />
      )}
    </Dialog>
  );
}
