import { Plural, useLingui } from '@lingui/react/macro';
import { CircleAlert, CircleCheck, Stethoscope, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { exactTime } from '../lib/time';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/EmptyState';
import { Section } from '../ui/Section';
import { toasts } from '../ui/toasts';
import { type Checkup, checkUp, type Finding } from './checkup';
import { type PushTrip, pushTrip } from './push-trip';

const RANK = { problem: 0, warning: 1, ok: 2 } as const;

/** Looks whether anything is wrong with the node, as `snug doctor` does. */
export function CheckupAdmin() {
  const { t } = useLingui();
  const [report, setReport] = useState<Checkup | null>(null);
  const [isBusy, setBusy] = useState(false);

  const told = (trip: PushTrip): Finding => {
    const area = 'push';
    switch (trip.outcome) {
      case 'back': {
        const seconds = (trip.ms / 1_000).toFixed(1);
        const what = t`A push message came by way of its push service to this browser, in ${seconds} s.`;
        return { area, outcome: 'ok', what, remedy: null };
      }
      case 'lost': {
        const what = t`A push message to this browser was taken by its push service and did not come.`;
        const remedy = t`Switch push messages off and on again in the settings of this device.`;
        return { area, outcome: 'warning', what, remedy };
      }
      default:
        return { area, outcome: 'problem', what: trip.why, remedy: t`See what the log says about it.` };
    }
  };

  async function run() {
    setBusy(true);
    try {
      const [found, trip] = await Promise.all([checkUp(), pushTrip()]);
      setReport(trip ? { ...found, findings: [...found.findings, told(trip)] } : found);
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
