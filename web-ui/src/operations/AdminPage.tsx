import { useLingui } from '@lingui/react/macro';
import { Flag, HardDriveDownload, Link2, SlidersHorizontal, Stethoscope, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { Redirect, useParams } from 'wouter';
import { paths } from '../app/paths';
import { useStore } from '../state/store';
import { SettingsFrame } from '../ui/SettingsFrame';
import { BackupsAdmin } from './BackupsAdmin';
import { CheckupAdmin } from './CheckupAdmin';
import { InstanceInvites } from './InstanceInvites';
import { InstanceSettingsForm } from './InstanceSettingsForm';
import { ReportsAdmin } from './ReportsAdmin';
import { UsersAdmin } from './UsersAdmin';

type Section = 'users' | 'reports' | 'invites' | 'backups' | 'checkup' | 'settings';

const pages: Record<Section, () => ReactNode> = {
  users: UsersAdmin,
  reports: ReportsAdmin,
  invites: InstanceInvites,
  backups: BackupsAdmin,
  checkup: CheckupAdmin,
  settings: InstanceSettingsForm,
};

/** The administration of the instance. */
export function AdminPage() {
  const { t } = useLingui();
  const params = useParams<{ section?: string }>();
  const role = useStore((state) => state.me?.role);
  if (role !== 'admin' && role !== 'moderator') return <Redirect to={paths.home} replace />;
  const wanted: Section = params.section && params.section in pages ? (params.section as Section) : 'users';
  const current: Section = role === 'admin' ? wanted : 'reports';
  const Page = pages[current];
  const section = (id: Section, label: string, icon: ReactNode) => ({
    id,
    label,
    icon,
    href: paths.admin(id),
  });
  const users = section('users', t`Users`, <Users size={17} aria-hidden />);
  const reports = section('reports', t`Reports`, <Flag size={17} aria-hidden />);
  const invites = section('invites', t`Invites`, <Link2 size={17} aria-hidden />);
  const backups = section('backups', t`Backups`, <HardDriveDownload size={17} aria-hidden />);
  const checkup = section('checkup', t`Check-up`, <Stethoscope size={17} aria-hidden />);
  const settings = section('settings', t`Instance`, <SlidersHorizontal size={17} aria-hidden />);
  return (
    <SettingsFrame
      title={t`Administration`}
      back={paths.home}
      current={current}
      sections={role === 'admin' ? [users, reports, invites, backups, checkup, settings] : [reports]}
    >
      <Page />
    </SettingsFrame>
  );
}
