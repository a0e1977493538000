import { LoaderCircle } from 'lucide-react';

/** With a label it is announced; without one something beside it must say what is going on. */
export function Spinner({ label, size = 18 }: { label?: string; size?: number }) {
  return (
    <span role={label ? 'status' : undefined} className="inline-flex items-center gap-2">
      <LoaderCircle size={size} aria-hidden className="animate-spin" />
      {label && <span className="text-muted text-sm">{label}</span>}
    </span>
  );
}
