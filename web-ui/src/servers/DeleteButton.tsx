import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { ConfirmDialog } from '../ui/ConfirmDialog';

interface DeleteButtonProps {
  label: string;
  title: string;
  description: string;
  /** To be typed first. */
  typed?: string;
  onDelete: () => Promise<void>;
}

/** Deletes after a question. */
export function DeleteButton({ label, title, description, typed, onDelete }: DeleteButtonProps) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant="ghost"
        icon={<Trash2 size={17} aria-hidden />}
        className="mr-auto text-danger-text"
        onClick={() => setAsking(true)}
      >
        {label}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={title}
        description={description}
        confirmLabel={label}
        danger
        {...(typed === undefined ? {} : { typed })}
        onConfirm={onDelete}
      />
    </>
  );
}
