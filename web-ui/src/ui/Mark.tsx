/** Snug's mark: a speech bubble with a roof. */
export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <path
        d="M16 6 5.8 14.2a1.4 1.4 0 0 0 1.8 2.2L8.5 15.700v6.100a3 3 0 0 0 3 3h1.700v3l4.200-3h3.100a3 3 0 0 0 3-3v-6.100l.9.7a1.400 1.400 0 0 0 1.800-2.200Z"
        className="fill-accent-ink"
      />
      <circle cx="12.800" cy="18.400" r="1.500" className="fill-accent" />
      <circle cx="19.200" cy="18.400" r="1.500" className="fill-accent" />
    </svg>
  );
}
