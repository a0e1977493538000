import { Trans, useLingui } from '@lingui/react/macro';
import { CircleAlert, CircleCheck, LoaderCircle } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { errorText } from '../api/errors';
import { exactTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { Button } from '../ui/Button';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { CopyField } from '../ui/CopyField';
import { LoadError } from '../ui/LoadError';
import { Section } from '../ui/Section';
import { Skeleton } from '../ui/Skeleton';
import { toasts } from '../ui/toasts';
import { type Certificate, type Certificates, loadCertificates, renewCertificate } from './certificates';

/** Where the node's certificates come from, until when they are valid, what is wrong with them; and renewing them. */
export function CertificatesAdmin() {
  const { t } = useLingui();
  const certificates = useLoad(loadCertificates);
  const [ordering, setOrdering] = useState(false);

  async function renew(source: Certificate['source']) {
    const after = await renewCertificate(source);
    certificates.set(after);
    const renewed = after.certificates.find((one) => one.source === source);
    if (renewed?.is_busy) toasts.info(t`The order goes on. Look again in a minute.`);
    else if (!renewed?.problem)
      toasts.info(source === 'files' ? t`The files were read.` : t`The certificate is renewed.`);
  }

  if (!certificates.data) {
    return certificates.error ? (
      <LoadError error={certificates.error} retry={certificates.reload} />
    ) : (
      <Skeleton className="h-48 w-full" />
    );
  }
  const { data } = certificates;
  return (
    <>
      <p className="text-muted text-sm">
        <Mode mode={data.mode} />
      </p>
      {data.certificates.map((certificate) => (
        <CertificateSection
          key={certificate.source}
          certificate={certificate}
          isFallback={certificate.source === 'own' && data.mode !== 'own'}
          onRenew={async () => {
            if (certificate.source === 'acme') return setOrdering(true);
            try {
              await renew(certificate.source);
            } catch (error) {
              toasts.error(errorText(error));
            }
          }}
        />
      ))}
      {data.trust_path && <Trust certificates={data} />}
      <ConfirmDialog
        open={ordering}
        onOpenChange={setOrdering}
        title={t`Order another certificate?`}
        description={t`Public authorities issue only a few a week for the same names. Until the new one is there, the present one is shown.`}
        confirmLabel={t`Renew now`}
        onConfirm={() => renew('acme')}
      />
    </>
  );
}

function Mode({ mode }: Pick<Certificates, 'mode'>) {
  switch (mode) {
    case 'own':
      return <Trans>The node vouches for itself: every device has to be told once to trust it.</Trans>;
    case 'acme':
      return <Trans>The node orders its certificate from an authority and renews it by itself.</Trans>;
    case 'files':
      return (
        <Trans>The certificate comes from files that you named. They are read again when they change.</Trans>
      );
    default:
      return <Trans>The node speaks plain HTTP: the proxy in front of it has the certificate.</Trans>;
  }
}

interface CertificateSectionProps {
  certificate: Certificate;
  /** Shown only for names that no other certificate is for. */
  isFallback: boolean;
  onRenew: () => Promise<void>;
}

function CertificateSection({ certificate, isFallback, onRenew }: CertificateSectionProps) {
  const { t } = useLingui();
  const [busy, setBusy] = useState(false);
  const { source, names, issuer, problem, is_busy } = certificate;
  const titles = { own: t`The node’s own`, acme: t`From an authority`, files: t`From your files` };
  return (
    <Section
      title={titles[source]}
      description={
        isFallback && t`Shown for every name that the other one is not for, such as addresses at home.`
      }
      action={
        <Button
          busy={busy}
          aria-label={source === 'files' ? t`Read the files again` : t`Renew now: ${titles[source]}`}
          onClick={() => {
            setBusy(true);
            void onRenew().finally(() => setBusy(false));
          }}
        >
          {source === 'files' ? t`Read again` : t`Renew now`}
        </Button>
      }
    >
      <div className="flex flex-col gap-3 rounded-lg border border-line px-3 py-3">
        <State certificate={certificate} />
        {problem && <p className="break-words text-danger-text text-sm">{problem}</p>}
        <dl className="flex flex-col gap-1.5 text-sm">
          {names.length > 0 && <Fact name={t`For`}>{names.join(', ')}</Fact>}
          {issuer && <Fact name={t`Issuer`}>{issuer}</Fact>}
          <Time name={t`Issued`} at={certificate.issued_at} />
          <Time name={t`Next renewal`} at={certificate.renews_at} />
          <Time name={t`Last attempt`} at={certificate.last_attempt_at} />
          <Time name={t`Next attempt`} at={is_busy ? null : certificate.next_attempt_at} />
        </dl>
      </div>
    </Section>
  );
}

function State({
  certificate: { expires_at, problem, is_busy },
}: Pick<CertificateSectionProps, 'certificate'>) {
  const { t } = useLingui();
  const isValid = expires_at !== null && expires_at > Date.now();
  const icon = 'mt-0.5 shrink-0';
  return (
    <p className="flex items-start gap-2 font-medium text-sm">
      {is_busy ? (
        <LoaderCircle size={18} aria-hidden className={`${icon} text-muted`} />
      ) : problem || !isValid ? (
        <CircleAlert size={18} aria-hidden className={`${icon} text-danger-text`} />
      ) : (
        <CircleCheck size={18} aria-hidden className={`${icon} text-good-text`} />
      )}
      <span className="min-w-0">
        {expires_at === null
          ? t`There is none yet.`
          : isValid
            ? t`Valid until ${exactTime(expires_at)}`
            : t`Expired on ${exactTime(expires_at)}`}
        {is_busy && ` · ${t`an order is under way`}`}
      </span>
    </p>
  );
}

function Time({ name, at }: { name: string; at: number | null }) {
  return at === null ? null : <Fact name={name}>{exactTime(at)}</Fact>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-3">
      <dt className="w-28 shrink-0 text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

function Trust({ certificates: { trust_path, fingerprint, mode } }: { certificates: Certificates }) {
  const { t } = useLingui();
  return (
    <Section
      title={t`Trusting the node’s own authority`}
      description={
        mode === 'own'
          ? t`Each device needs it once. The page tells how, for every platform.`
          : t`Only for addresses that the other certificate is not for.`
      }
    >
      {fingerprint && <CopyField label={t`Its SHA-256, to compare`} value={fingerprint} />}
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
        <a
          className="text-accent-text underline"
          href={trust_path ?? '/trust'}
          target="_blank"
          rel="noreferrer"
        >
          {t`How to trust it`}
        </a>
        <a className="text-accent-text underline" href="/ca.crt" download>
          {t`Its certificate as a file`}
        </a>
      </p>
    </Section>
  );
}
