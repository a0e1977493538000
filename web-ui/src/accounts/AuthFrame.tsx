import { lazy, type ReactNode, Suspense } from 'react';
import { useInstance } from './use-instance';

const Welcome = lazy(() => import('../branding/Welcome').then((module) => ({ default: module.Welcome })));
const TrustNotice = lazy(() => import('./TrustNotice').then((module) => ({ default: module.TrustNotice })));

interface AuthFrameProps {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
  /** Whether the instance's own welcome stands above. */
  hasWelcome?: boolean;
  /** What else one may want, below the card. */
  footer?: ReactNode;
}

/** The page around sign-in, registration, reset and invitations. */
export function AuthFrame({ title, lead, children, footer, hasWelcome = true }: AuthFrameProps) {
  const { data: instance } = useInstance();
  return (
    <div className="flex min-h-dvh flex-col bg-side">
      <main className="mx-auto flex w-full max-w-md grow flex-col justify-center gap-5 px-4 py-8">
        <div className="flex items-center justify-center gap-3">
          <img src="/favicon.svg" alt="" width={36} height={36} className="rounded-md" />
          <p className="min-w-0 truncate font-semibold text-xl tracking-tight">{instance?.name ?? 'Snug'}</p>
        </div>
        <Suspense fallback={null}>
          <TrustNotice />
        </Suspense>
        {hasWelcome && (
          <Suspense fallback={null}>
            <Welcome />
          </Suspense>
        )}
        <div className="rounded-xl border border-line bg-raised px-5 py-6 shadow-sm sm:px-7">
          <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
          {lead && <div className="mt-1 text-muted">{lead}</div>}
          <div className="mt-5">{children}</div>
        </div>
        {footer && <div className="text-center text-muted text-sm">{footer}</div>}
      </main>
    </div>
  );
}
