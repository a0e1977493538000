import { Trans, useLingui } from '@lingui/react/macro';

/** What can be written into the search field. */
export function SearchHelp() {
  const { t } = useLingui();
  const lines: [string, string][] = [
    ['rope shed', t`both words`],
    ['"blue rope"', t`exactly these words`],
    ['rope*', t`words that begin so`],
    ['-shed', t`without this word`],
    ['from:name', t`by a person, or by you with from:me`],
    ['before:2026-05-01', t`before a day`],
    ['after:2026-05-01', t`on a day or later`],
    ['has:link', t`with a link`],
  ];
  return (
    <section className="px-2 py-2 text-sm">
      <h3 className="mb-1 font-semibold text-faint text-xs">
        <Trans>What you can write</Trans>
      </h3>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-3 gap-y-1.5">
        {lines.map(([written, meaning]) => (
          <div key={written} className="contents">
            <dt className="font-mono text-[0.8125rem]">{written}</dt>
            <dd className="text-muted">{meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
