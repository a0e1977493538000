import { useLingui } from '@lingui/react/macro';
import type { Id } from '../api/types';
import { exactTime } from '../lib/time';
import { useForm } from '../lib/use-form';
import { type ServerEntry, useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { PictureField } from '../ui/PictureField';
import { Section } from '../ui/Section';
import { TextArea } from '../ui/TextArea';
import { TextField } from '../ui/TextField';
import { toasts } from '../ui/toasts';
import { deleteIcon, updateServer, uploadIcon } from './api';
import { keepServer } from './keep';
import { useMay } from './may';

export function OverviewSettings({ serverId }: { serverId: Id }) {
  const server = useStore((state) => state.servers[serverId]);
  const mayManage = useMay(serverId, 'manage_server');
  if (!server) return null;
  return mayManage ? <EditOverview server={server} /> : <ReadOverview server={server} />;
}

function ReadOverview({ server }: { server: ServerEntry }) {
  const { t } = useLingui();
  return (
    <div className="flex items-start gap-4">
      <Avatar name={server.name} picture={server.icon} size="xl" square />
      <div className="min-w-0">
        <p className="font-semibold text-lg">{server.name}</p>
        {server.description && <p className="whitespace-pre-wrap">{server.description}</p>}
        <p className="mt-1 text-muted text-sm">
          {server.member_count === 1 ? t`1 member` : t`${server.member_count} members`} ·{' '}
          {t`since ${exactTime(server.created_at)}`}
        </p>
      </div>
    </div>
  );
}

function EditOverview({ server }: { server: ServerEntry }) {
  const { t } = useLingui();
  const limit = useStore((state) => state.instance?.limits.picture_bytes);
  const form = useForm({
    initial: { name: server.name, description: server.description },
    validate: ({ name }): { name?: string } =>
      name.trim() === '' ? { name: t`Give the server a name.` } : {},
    submit: async ({ name, description }) => {
      keepServer(await updateServer(server.id, { name: name.trim(), description: description.trim() }));
      toasts.info(t`Server saved.`);
    },
  });
  return (
    <>
      <Section title={t`Icon`}>
        <PictureField
          name={server.name}
          picture={server.icon}
          square
          limit={limit}
          onUpload={async (picture) => keepServer(await uploadIcon(server.id, picture))}
          onRemove={async () => keepServer(await deleteIcon(server.id))}
        />
      </Section>
      <Section title={t`Name and description`}>
        <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
          <TextField {...form.text('name')} label={t`Name`} maxLength={100} autoComplete="off" />
          <TextArea {...form.text('description')} label={t`Description`} maxLength={500} />
          <FormError text={form.error} />
          <div>
            <Button type="submit" variant="primary" busy={form.busy}>{t`Save changes`}</Button>
          </div>
        </form>
      </Section>
    </>
  );
}
