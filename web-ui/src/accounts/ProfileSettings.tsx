import { useLingui } from '@lingui/react/macro';
import type { Account } from '../api/types';
import { useForm } from '../lib/use-form';
import { store, useStore } from '../state/store';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { PictureField } from '../ui/PictureField';
import { Section } from '../ui/Section';
import { TextArea } from '../ui/TextArea';
import { TextField } from '../ui/TextField';
import { toasts } from '../ui/toasts';
import { deletePicture, updateMe, uploadPicture } from './api';
import { onlyErrors, refuseLink, refuseUsername } from './validation';

export function ProfileSettings() {
  const me = useStore((state) => state.me);
  return me && <Profile me={me} />;
}

function Profile({ me }: { me: Account }) {
  const { t } = useLingui();
  const { user } = me;
  const limit = useStore((state) => state.instance?.limits.picture_bytes);
  const form = useForm({
    initial: {
      display_name: user.display_name,
      username: user.username,
      status_text: user.status_text,
      bio: user.bio,
      link: user.link,
    },
    validate: (values) =>
      onlyErrors({ username: refuseUsername(values.username.trim()), link: refuseLink(values.link.trim()) }),
    submit: async (values) => {
      const account = await updateMe({
        ...values,
        username: values.username.trim(),
        link: values.link.trim(),
      });
      store.setState({ me: account });
      toasts.info(t`Profile saved.`);
    },
  });
  const keep = (account: Account) => store.setState({ me: account });

  return (
    <>
      <Section title={t`Picture`}>
        <PictureField
          name={user.display_name || user.username}
          picture={user.picture}
          limit={limit}
          onUpload={async (picture) => keep(await uploadPicture(picture))}
          onRemove={async () => keep(await deletePicture())}
        />
      </Section>
      <Section title={t`About you`}>
        <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
          <TextField {...form.text('display_name')} label={t`Name`} maxLength={64} autoComplete="name" />
          <TextField
            {...form.text('username')}
            label={t`Username`}
            hint={t`You sign in with it and others mention you by it.`}
            maxLength={32}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
          />
          <TextField
            {...form.text('status_text')}
            label={t`Status`}
            hint={t`What you are up to, shown beside your name.`}
            maxLength={100}
          />
          <TextArea {...form.text('bio')} label={t`Bio`} rows={4} maxLength={500} />
          <TextField
            {...form.text('link')}
            label={t`Link`}
            type="url"
            inputMode="url"
            placeholder="https://"
          />
          <FormError text={form.error} />
          <div>
            <Button type="submit" variant="primary" busy={form.busy}>{t`Save changes`}</Button>
          </div>
        </form>
      </Section>
    </>
  );
}
