import { useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { useState } from 'react';
import { Button } from './Button';
import { Dialog } from './Dialog';
import { TextField } from './TextField';

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  description: ReactNode;
  /** The verb of the act, such as "Delete room". */
  confirmLabel: string;
  danger?: boolean;
  /** To be typed first, for what cannot be undone. */
  typed?: string;
  /** The dialog closes when this is done; when it throws, the dialog stays and shows the message. */
  onConfirm: () => Promise<void> | void;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, title, description } = props;
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={description} size="sm">
      <ConfirmForm {...props} />
    </Dialog>
  );
}

// A component of its own, so that closing forgets what was typed.
function ConfirmForm({ onOpenChange, confirmLabel, danger, typed, onConfirm }: ConfirmDialogProps) {
  const { t } = useLingui();
  const [text, setText] = useState('');
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });

  async function confirm() {
    if (state.busy || (typed !== undefined && text.trim() !== typed)) return;
    setState({ busy: true, error: null });
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (error) {
      setState({ busy: false, error: error instanceof Error ? error.message : String(error) });
    }
  }

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      {typed !== undefined && (
        <TextField
          label={t`Type “${typed}” to confirm`}
          value={text}
          onChange={(event) => setText(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {state.error && (
        <p role="alert" className="text-danger-text text-sm">
          {state.error}
        </p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={() => onOpenChange(false)}>{t`Cancel`}</Button>
        <Button
          type="submit"
          variant={danger ? 'danger' : 'primary'}
          busy={state.busy}
          disabled={typed !== undefined && text.trim() !== typed}
        >
          {confirmLabel}
        </Button>
      </div>
    </form>
  );
}
