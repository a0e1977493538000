import { useLingui } from '@lingui/react/macro';
import { exactTime, stampTime } from '../lib/time';
import { cx } from '../ui/cx';
import type { AuditLine } from './audit';
import { ownWords, warningKinds } from './audit-words';

interface AuditLinesProps {
  label: string;
  lines: AuditLine[];
  /** The own account's lines: everybody knows whom they are about. */
  isOwn?: boolean;
  /** What kinds and facts are called. */
  words?: typeof ownWords;
}

/** Lines of a log: what, when, by whom, from where, and what changed. */
export function AuditLines({ label, lines, isOwn = false, words = ownWords }: AuditLinesProps) {
  return (
    <ol aria-label={label} className="flex flex-col divide-y divide-line rounded-lg border border-line">
      {lines.map((line) => (
        <Line key={line.id} line={line} isOwn={isOwn} words={words} />
      ))}
    </ol>
  );
}

interface LineProps {
  line: AuditLine;
  isOwn: boolean;
  words: typeof ownWords;
}

function Line({ line, isOwn, words }: LineProps) {
  const { t, i18n } = useLingui();
  const word = words.kinds[line.kind];
  const what = word ? i18n._(word) : line.kind;
  const subject =
    line.target ?? (isOwn || line.user_id === line.actor_id ? null : line.user && `@${line.user}`);
  const by = isOwn ? null : whose(line);

  function whose({ actor, actor_id, address, kind }: AuditLine): string | null {
    if (actor) return t`by @${actor}`;
    if (actor_id) return t`by an account that is gone`;
    return address || kind === 'limit.hit' ? null : t`in the terminal`;
  }

  const where = line.address ? t`from ${line.address}` : null;
  return (
    <li className="flex flex-col gap-0.5 px-3 py-2.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <p className={cx('min-w-0 font-medium text-sm', warningKinds.has(line.kind) && 'text-warn-text')}>
          {what}
          {subject && `: ${subject}`}
        </p>
        <time
          dateTime={new Date(line.at).toISOString()}
          title={exactTime(line.at)}
          className="shrink-0 text-faint text-xs tabular-nums"
        >
          {stampTime(line.at)}
        </time>
      </div>
      {(by || where) && <p className="text-muted text-sm">{[by, where].filter(Boolean).join(' · ')}</p>}
      {line.changes.map((change) => {
        const name = words.facts[change.name];
        const label = name ? i18n._(name) : change.name;
        return (
          <p key={change.name} className="text-muted text-sm">
            {change.before === null
              ? `${label}: ${change.after ?? ''}`
              : t`${label}: ${change.before} → ${change.after ?? ''}`}
          </p>
        );
      })}
    </li>
  );
}
