import { useLingui } from '@lingui/react/macro';
import { Link2, SlidersHorizontal, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { Redirect, useParams } from 'wouter';
import { paths } from '../app/paths';
import { useStore } from '../state/store';
import { SettingsFrame } from '../ui/SettingsFrame';
import { InstanceInvites } from './InstanceInvites';
import { InstanceSettingsForm } from './InstanceSettingsForm';
import { UsersAdmin } from './UsersAdmin';

type Section = 'users' | 'invites' | 'settings';

const pages: Record<Section, () => ReactNode> = {
  users: UsersAdmin,
  invites: InstanceInvites,
  settings: InstanceSettingsForm,
};

/** The administration of the instance. */
export function AdminPage() {
  const { t } = useLingui();
  const params = useParams<{ section?: string }>();
  const role = useStore((state) => state.me?.role);
  if (role !== 'admin') return <Redirect to={paths.home} replace />;
  const current: Section = params.section && params.section in pages ? (params.section as Section) : 'users';
  const Page = pages[current];
  const section = (id: Section, label: string, icon: ReactNode) => ({
    id,
    label,
    icon,
    href: paths.admin(id),
  });
  return (
    <SettingsFrame
      title={t`Administration`}
      back={paths.home}
      current={current}
      sections={[
        section('users', t`Users`, <Users size={17} aria-hidden />),
        section('invites', t`Invites`, <Link2 size={17} aria-hidden />),
        section('settings', t`Instance`, <SlidersHorizontal size={17} aria-hidden />),
      ]}
    >
      <Page />
    </SettingsFrame>
  );
}
