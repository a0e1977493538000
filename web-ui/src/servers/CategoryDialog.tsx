import { useLingui } from '@lingui/react/macro';
import type { Category, Id } from '../api/types';
import { useForm } from '../lib/use-form';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/FormError';
import { TextField } from '../ui/TextField';
import { createCategory, deleteCategory, renameCategory } from './api';
import { DeleteButton } from './DeleteButton';
import { keepCategory } from './keep';

interface CategoryDialogProps {
  serverId: Id;
  /** The one to change; without it a new one is made. */
  category?: Category | undefined;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function CategoryDialog(props: CategoryDialogProps) {
  const { t } = useLingui();
  const { category, open, onOpenChange } = props;
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={category ? t`Category ${category.name}` : t`New category`}
      size="sm"
    >
      <CategoryForm {...props} />
    </Dialog>
  );
}

function CategoryForm({ serverId, category, onOpenChange }: CategoryDialogProps) {
  const { t } = useLingui();
  const done = () => onOpenChange(false);
  const form = useForm({
    initial: { name: category?.name ?? '' },
    validate: ({ name }): { name?: string } =>
      name.trim() === '' ? { name: t`Give the category a name.` } : {},
    submit: async ({ name }) => {
      keepCategory(
        category
          ? await renameCategory(category.id, name.trim())
          : await createCategory(serverId, name.trim()),
      );
      done();
    },
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <TextField {...form.text('name')} label={t`Name`} maxLength={64} autoComplete="off" />
      <FormError text={form.error} />
      <div className="flex flex-wrap justify-end gap-2">
        {category && (
          <DeleteButton
            label={t`Delete`}
            title={t`Delete the category ${category.name}?`}
            description={t`Its rooms stay; they stand without a category then.`}
            onDelete={async () => {
              await deleteCategory(category.id);
              done();
            }}
          />
        )}
        <Button type="submit" variant="primary" busy={form.busy}>
          {category ? t`Save` : t`Create category`}
        </Button>
      </div>
    </form>
  );
}
