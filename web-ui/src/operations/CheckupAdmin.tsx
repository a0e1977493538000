import { Plural, useLingui } from '@lingui/react/macro';
import { CircleAlert, CircleCheck, Stethoscope, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { exactTime } from '../lib/time';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/EmptyState';
import { Section } from '../ui/Section';
import { toasts } from '../ui/toasts';
import { type Checkup, checkUp, type Finding } from './checkup';

const RANK = { problem: 0, warning: 1, ok: 2 } as const;

/** Looks whether anything is wrong with the node, as `snug doctor` does. */
export function CheckupAdmin() {
  const { t } = useLingui();
  const [report, setReport] = useState<Checkup | null>(null);
  const [isBusy, setBusy] = useState(false);

  async function run() {
    setBusy(true);
    try {
      setReport(await checkUp());
    } catch (error) {
      toasts.error((error as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Section
      title={t`What may be wrong`}
      description={t`Looks at the data, the disk, the names, the certificate and the way that people take. Behind a proxy it takes half a minute.`}
      action={<Button variant="primary" busy={isBusy} onClick={run}>{t`Check now`}</Button>}
    >
      {report ? (
        <Findings report={report} />
      ) : (
        <EmptyState
          icon={<Stethoscope size={26} />}
          title={isBusy ? t`Looking at everything…` : t`Nothing has been looked at yet.`}
        />
      )}
    </Section>
  );
}

function Findings({ report }: { report: Checkup }) {
  const { t } = useLingui();
  const findings = [...report.findings].sort((a, b) => RANK[a.outcome] - RANK[b.outcome]);
  const open = findings.filter(({ outcome }) => outcome !== 'ok').length;
  return (
    <>
      <p className="pb-3 text-muted text-sm" role="status">
        {exactTime(report.checked_at)}
        {' · '}
        {open === 0 ? (
          t`Everything is as it should be.`
        ) : (
          <Plural value={open} one="# thing to look at" other="# things to look at" />
        )}
      </p>
      <ul className="flex flex-col divide-y divide-line rounded-lg border border-line">
        {findings.map((finding) => (
          <FindingLine key={`${finding.area} ${finding.what}`} finding={finding} />
        ))}
      </ul>
    </>
  );
}

function FindingLine({ finding }: { finding: Finding }) {
  const { what, remedy, outcome } = finding;
  return (
    <li className="flex items-start gap-3 px-3 py-2.5" data-outcome={outcome}>
      <Outcome outcome={outcome} />
      <div className="min-w-0 grow">
        <p className="break-words font-medium text-sm">{what}</p>
        {remedy && <p className="break-words text-muted text-sm">{remedy}</p>}
      </div>
    </li>
  );
}

function Outcome({ outcome }: Pick<Finding, 'outcome'>) {
  const { t } = useLingui();
  const place = 'mt-0.5 shrink-0';
  switch (outcome) {
    case 'problem':
      return <CircleAlert size={18} className={`${place} text-danger-text`} aria-label={t`Problem`} />;
    case 'warning':
      return <TriangleAlert size={18} className={`${place} text-warn-text`} aria-label={t`Warning`} />;
    default:
      return <CircleCheck size={18} className={`${place} text-good-text`} aria-label={t`Good`} />;
  }
}
