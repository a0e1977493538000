import type { ReactNode } from 'react';
import { useId } from 'react';

interface SectionProps {
  title: string;
  description?: ReactNode;
  /** A button at the right of the title. */
  action?: ReactNode;
  children?: ReactNode;
}

/** A titled part of a page. */
export function Section({ title, description, action, children }: SectionProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="flex flex-col gap-4 border-line border-t pt-6 first-of-type:border-t-0 first-of-type:pt-0"
    >
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-48 grow basis-0">
          <h2 id={id} className="font-semibold text-base">
            {title}
          </h2>
          {description && <div className="mt-0.5 text-muted text-sm">{description}</div>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
