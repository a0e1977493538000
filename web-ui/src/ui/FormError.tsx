import { CircleAlert } from 'lucide-react';

/** What is wrong with a form as a whole. */
export function FormError({ text }: { text: string | null | undefined }) {
  if (!text) return null;
  return (
    <p
      role="alert"
      className="flex items-start gap-2 rounded-md bg-danger-soft px-3 py-2 text-danger-text text-sm"
    >
      <CircleAlert aria-hidden size={16} className="mt-0.5 shrink-0" />
      {text}
    </p>
  );
}
