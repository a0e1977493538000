import { useLingui } from '@lingui/react/macro';
import { ChartLine } from 'lucide-react';
import { useState } from 'react';
import { clockTime, exactTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { Chart } from '../ui/Chart';
import { EmptyState } from '../ui/EmptyState';
import { LoadError } from '../ui/LoadError';
import { Select } from '../ui/Select';
import { Skeleton } from '../ui/Skeleton';
import { byteSize } from './byte-size';
import { type Analytics, loadAnalytics } from './watching';

const DAY = 24;
const count = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, notation: 'compact' });
const ms = new Intl.NumberFormat(undefined, {
  style: 'unit',
  unit: 'millisecond',
  maximumSignificantDigits: 3,
});
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** What went on over time. People are counted, never named. */
export function AnalyticsAdmin() {
  const { t } = useLingui();
  const [hours, setHours] = useState(DAY);
  const analytics = useLoad(() => loadAnalytics(hours), String(hours));
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted text-sm">
        {t`People are counted by numbers that change every day and are never stored. Nothing here says who did what.`}
      </p>
      <Select
        label={t`Time`}
        className="max-w-sm"
        value={String(hours)}
        onChange={(value) => setHours(Number(value))}
        options={[
          { value: '3', label: t`The last 3 hours` },
          { value: '24', label: t`The last day` },
          { value: '168', label: t`The last week` },
          { value: '720', label: t`The last month` },
        ]}
      />
      {analytics.error && !analytics.data && <LoadError error={analytics.error} retry={analytics.reload} />}
      {!analytics.data && !analytics.error && <Skeleton className="h-64 w-full" />}
      {analytics.data &&
        (analytics.data.days === 0 ? (
          <EmptyState icon={<ChartLine size={26} />} title={t`The analytics are switched off.`}>
            {t`Set analytics.days in the configuration to switch them on.`}
          </EmptyState>
        ) : (
          <Charts analytics={analytics.data} hours={hours} />
        ))}
    </div>
  );
}

function Charts({ analytics, hours }: { analytics: Analytics; hours: number }) {
  const { t } = useLingui();
  const { times } = analytics;
  const line = (series: string, name: string) => ({
    name,
    values: analytics.series.find((one) => one.name === series)?.values ?? [],
  });
  const axis = {
    formatTick: (at: number) => (hours <= DAY ? clockTime(at) : shortDay.format(at)),
    formatTime: (at: number) =>
      hours <= DAY
        ? clockTime(at)
        : hours <= 7 * DAY
          ? `${shortDay.format(at)}, ${clockTime(at)}`
          : exactTime(at),
  };
  const days = { formatTick: shortDay.format, formatTime: shortDay.format };
  const perDay = analytics.people_by_day;
  return (
    <>
      <Chart
        title={t`Messages`}
        times={times}
        lines={[line('messages', t`stored`)]}
        format={count.format}
        {...axis}
      />
      <Chart
        title={t`People and devices`}
        times={times}
        lines={[line('people', t`people`), line('connections', t`devices connected`)]}
        format={count.format}
        {...axis}
      />
      {perDay.length > 1 && (
        <Chart
          title={t`People by day`}
          times={perDay.map(({ at }) => at)}
          lines={[{ name: t`people`, values: perDay.map(({ people }) => people) }]}
          format={count.format}
          {...days}
        />
      )}
      <Chart
        title={t`Time until a message is stored`}
        times={times}
        lines={[line('send_ms_50', t`half of them`), line('send_ms_95', t`95 of 100`)]}
        format={ms.format}
        {...axis}
      />
      <Chart
        title={t`Requests`}
        times={times}
        lines={[line('requests', t`all`), line('failures', t`failed`)]}
        format={count.format}
        {...axis}
      />
      <Chart
        title={t`Time until a request is answered`}
        times={times}
        lines={[line('request_ms_50', t`half of them`), line('request_ms_95', t`95 of 100`)]}
        format={ms.format}
        {...axis}
      />
      <Chart
        title={t`Storage`}
        times={times}
        lines={[line('database_bytes', t`database`), line('file_bytes', t`files`)]}
        format={byteSize}
        {...axis}
      />
    </>
  );
}
