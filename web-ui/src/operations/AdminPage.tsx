import { useLingui } from '@lingui/react/macro';
import {
  BadgeCheck,
  ChartLine,
  FileCog,
  Flag,
  HardDrive,
  HardDriveDownload,
  House,
  Link2,
  Palette,
  ScrollText,
  ShieldAlert,
  SlidersHorizontal,
  Stethoscope,
  Timer,
  TriangleAlert,
  Users,
} from 'lucide-react';
import { type ComponentType, lazy, type ReactNode, Suspense, useEffect } from 'react';
import { Redirect, useParams } from 'wouter';
import { paths } from '../app/paths';
import { useStore } from '../state/store';
import { Badge } from '../ui/Badge';
import { SettingsFrame, type SettingsSection } from '../ui/SettingsFrame';
import { Skeleton } from '../ui/Skeleton';
import { BackupsAdmin } from './BackupsAdmin';
import { InstanceInvites } from './InstanceInvites';
import { InstanceSettingsForm } from './InstanceSettingsForm';
import { countNewErrors, useNewErrors } from './new-errors';
import { ReportsAdmin } from './ReportsAdmin';
import { UsersAdmin } from './UsersAdmin';

const AuditAdmin = lazy(() => import('./AuditAdmin').then((page) => ({ default: page.AuditAdmin })));
const SecurityAdmin = lazy(() => import('./AuditAdmin').then((page) => ({ default: page.SecurityAdmin })));
const ErrorsAdmin = lazy(() => import('./ErrorsAdmin').then((page) => ({ default: page.ErrorsAdmin })));
const CheckupAdmin = lazy(() => import('./CheckupAdmin').then((page) => ({ default: page.CheckupAdmin })));
const ServersAdmin = lazy(() => import('./ServersAdmin').then((page) => ({ default: page.ServersAdmin })));
const StorageAdmin = lazy(() => import('./StorageAdmin').then((page) => ({ default: page.StorageAdmin })));
const CertificatesAdmin = lazy(() =>
  import('./CertificatesAdmin').then((page) => ({ default: page.CertificatesAdmin })),
);
const ConfigurationAdmin = lazy(() =>
  import('./ConfigurationAdmin').then((page) => ({ default: page.ConfigurationAdmin })),
);
const BrandingAdmin = lazy(async () => {
  const [page] = await Promise.all([
    import('../branding/admin/BrandingAdmin'),
    import('../branding/admin/texts').then(({ loadBrandingTexts }) => loadBrandingTexts()),
  ]);
  return { default: page.BrandingAdmin };
});
const JobsAdmin = lazy(() => import('./JobsAdmin').then((page) => ({ default: page.JobsAdmin })));
const AnalyticsAdmin = lazy(() =>
  import('./AnalyticsAdmin').then((page) => ({ default: page.AnalyticsAdmin })),
);

const pages = {
  users: UsersAdmin,
  servers: ServersAdmin,
  invites: InstanceInvites,
  reports: ReportsAdmin,
  security: SecurityAdmin,
  audit: AuditAdmin,
  settings: InstanceSettingsForm,
  branding: BrandingAdmin,
  configuration: ConfigurationAdmin,
  certificates: CertificatesAdmin,
  analytics: AnalyticsAdmin,
  storage: StorageAdmin,
  backups: BackupsAdmin,
  checkup: CheckupAdmin,
  jobs: JobsAdmin,
  errors: ErrorsAdmin,
} satisfies Record<string, ComponentType>;

type Section = keyof typeof pages;

/** The administration of the instance. */
export function AdminPage() {
  const { t } = useLingui();
  const params = useParams<{ section?: string }>();
  const role = useStore((state) => state.me?.role);
  const sections = useSections(role === 'admin');
  if (role !== 'admin' && role !== 'moderator') return <Redirect to={paths.home} replace />;
  const wanted: Section = params.section && params.section in pages ? (params.section as Section) : 'users';
  const current: Section = role === 'admin' ? wanted : 'reports';
  const Page = pages[current];
  return (
    <SettingsFrame title={t`Administration`} back={paths.home} current={current} sections={sections}>
      <Suspense fallback={<Skeleton className="h-64 w-full" />}>
        <Page />
      </Suspense>
    </SettingsFrame>
  );
}

function useSections(isAdmin: boolean): SettingsSection[] {
  const { t } = useLingui();
  const newErrors = useNewErrors();
  useEffect(() => {
    if (isAdmin) void countNewErrors();
  }, [isAdmin]);
  const of = (group: string) => (id: Section, label: string, icon: ReactNode, badge?: ReactNode) => ({
    id,
    label,
    icon,
    group,
    badge,
    href: paths.admin(id),
  });
  const people = of(t`People`);
  const safety = of(t`Safety`);
  const node = of(t`Node`);
  const reports = safety('reports', t`Reports`, <Flag size={17} aria-hidden />);
  if (!isAdmin) return [{ ...reports, group: undefined }];
  const errors =
    newErrors > 0 ? (
      <Badge tone="danger" label={t`${newErrors} new`}>
        {newErrors}
      </Badge>
    ) : undefined;
  return [
    people('users', t`Users`, <Users size={17} aria-hidden />),
    people('servers', t`Servers`, <House size={17} aria-hidden />),
    people('invites', t`Invites`, <Link2 size={17} aria-hidden />),
    reports,
    safety('security', t`Security events`, <ShieldAlert size={17} aria-hidden />),
    safety('audit', t`Audit log`, <ScrollText size={17} aria-hidden />),
    node('settings', t`Instance`, <SlidersHorizontal size={17} aria-hidden />),
    node('branding', t`Branding`, <Palette size={17} aria-hidden />),
    node('configuration', t`Configuration`, <FileCog size={17} aria-hidden />),
    node('certificates', t`Certificates`, <BadgeCheck size={17} aria-hidden />),
    node('analytics', t`Analytics`, <ChartLine size={17} aria-hidden />),
    node('storage', t`Storage`, <HardDrive size={17} aria-hidden />),
    node('backups', t`Backups`, <HardDriveDownload size={17} aria-hidden />),
    node('checkup', t`Check-up`, <Stethoscope size={17} aria-hidden />),
    node('jobs', t`Jobs`, <Timer size={17} aria-hidden />),
    node('errors', t`Errors`, <TriangleAlert size={17} aria-hidden />, errors),
  ];
}
