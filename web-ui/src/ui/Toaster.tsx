import { useLingui } from '@lingui/react/macro';
import { CircleAlert, Info, X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { Button } from './Button';
import { IconButton } from './IconButton';
import { toasts } from './toasts';

/** Shows the toasts; once in the app. */
export function Toaster() {
  const { t } = useLingui();
  const list = useSyncExternalStore(toasts.subscribe, toasts.getSnapshot);
  return (
    <section
      aria-label={t`Notices`}
      className="pointer-events-none fixed inset-x-3 bottom-[max(0.75rem,env(safe-area-inset-bottom))] z-50 flex flex-col items-center gap-2 sm:left-auto sm:w-96"
      onPointerEnter={toasts.hold}
      onPointerLeave={toasts.release}
      onFocus={toasts.hold}
      onBlur={toasts.release}
    >
      {/* The regions stand before their messages do: only then is a new one announced. */}
      {(['error', 'info'] as const).map((tone) => (
        <div key={tone} role={tone === 'error' ? 'alert' : 'status'} className="flex w-full flex-col gap-2">
          {list
            .filter((toast) => toast.tone === tone)
            .map((toast) => (
              <div
                key={toast.id}
                className="pointer-events-auto flex animate-rise items-center gap-3 rounded-lg border border-line bg-raised py-1.5 pr-1.5 pl-3.5 text-sm shadow-float"
              >
                {tone === 'error' ? (
                  <CircleAlert size={18} aria-hidden className="shrink-0 text-danger-text" />
                ) : (
                  <Info size={18} aria-hidden className="shrink-0 text-accent-text" />
                )}
                <p className="min-w-0 grow py-1">{toast.text}</p>
                {toast.action && (
                  <Button
                    size="sm"
                    variant="ghost"
                    onClick={() => {
                      toast.action?.run();
                      toasts.dismiss(toast.id);
                    }}
                  >
                    {toast.action.label}
                  </Button>
                )}
                <IconButton
                  size="sm"
                  label={t`Dismiss`}
                  icon={<X size={16} aria-hidden />}
                  onClick={() => toasts.dismiss(toast.id)}
                />
              </div>
            ))}
        </div>
      ))}
    </section>
  );
}
