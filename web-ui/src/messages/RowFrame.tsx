import type { ReactNode } from 'react';

/** The two columns of a row: picture or time, then everything else. */
export function RowFrame({ gutter, children }: { gutter: ReactNode; children: ReactNode }) {
  return (
    <div className="flex gap-3 py-0.5 pr-4 pl-4 max-sm:gap-2 max-sm:pr-3 max-sm:pl-3">
      <div className="flex w-10 shrink-0 justify-center">{gutter}</div>
      <div className="min-w-0 grow">{children}</div>
    </div>
  );
}
