import { useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';

export function Spoiler({ children }: { children: ReactNode }) {
  const { t } = useLingui();
  const [isShown, setShown] = useState(false);
  if (isShown) return <span className="rounded-sm bg-hover px-0.5">{children}</span>;
  return (
    <button
      type="button"
      aria-label={t`Show spoiler`}
      onClick={() => setShown(true)}
      className="select-none rounded-sm bg-edge px-0.5 text-transparent"
    >
      <span aria-hidden className="invisible">
        {children}
      </span>
    </button>
  );
}
