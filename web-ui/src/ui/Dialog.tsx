import { useLingui } from '@lingui/react/macro';
import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useRef } from 'react';
import { cx } from './cx';
import { IconButton } from './IconButton';

const widths = { sm: 'sm:max-w-sm', md: 'sm:max-w-lg', lg: 'sm:max-w-2xl' };

const box =
  'inset-x-0 bottom-0 max-h-[92dvh] rounded-t-xl sm:inset-0 sm:m-auto sm:h-fit sm:max-h-[min(86dvh,48rem)] sm:rounded-xl';

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  size?: keyof typeof widths;
  children?: ReactNode;
  /** Buttons, the main one last. */
  footer?: ReactNode;
  /** `side`: along the right edge from top to bottom; on a phone over the whole screen. */
  shape?: 'box' | 'side';
  /** The content is only to be read: it takes the focus itself, so that the keyboard can scroll it. */
  isText?: boolean;
}

/**
 * A modal dialog: holds the focus, closes on Escape, gives the focus back. On a phone it is a sheet
 * at the bottom. The backdrop is our own element, because Radix's overlay locks scrolling through a
 * style element, which the node's content security policy forbids.
 */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  size = 'md',
  children,
  footer,
  shape = 'box',
  isText = false,
}: DialogProps) {
  const { t } = useLingui();
  const focus = useFocus();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div
          aria-hidden
          className="fixed inset-0 z-40 animate-appear touch-none bg-scrim"
          onWheel={(event) => event.stopPropagation()}
        />
        <Radix.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          {...focus}
          className={cx(
            'fixed z-40 flex animate-rise flex-col bg-raised shadow-float outline-none',
            shape === 'side' ? 'inset-0 pt-[env(safe-area-inset-top)] sm:left-auto sm:w-96' : box,
            shape === 'box' && widths[size],
          )}
        >
          <header
            className={cx(
              'flex gap-3',
              shape === 'side'
                ? 'h-13 shrink-0 items-center border-line border-b pr-4 pl-4'
                : 'items-start px-5 pt-4 pb-2',
            )}
          >
            <div className={cx('min-w-0 grow', shape === 'box' && 'pt-1')}>
              <Radix.Title className="font-semibold text-lg leading-snug">{title}</Radix.Title>
              {description && (
                <Radix.Description asChild>
                  <div className="mt-1 text-muted text-sm">{description}</div>
                </Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton label={t`Close`} icon={<X size={18} aria-hidden />} className="-mr-2" />
            </Radix.Close>
          </header>
          <div
            {...(isText && { role: 'region', 'aria-label': title, tabIndex: 0 })}
            className={cx(
              'min-h-0 grow',
              // What stands along the edge scrolls by itself, below a part that stays.
              shape === 'side' ? 'flex flex-col' : 'overflow-y-auto overscroll-contain px-5 py-2',
            )}
          >
            {children}
          </div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 px-5 pt-3 pb-[max(1rem,env(safe-area-inset-bottom))]">
              {footer}
            </footer>
          )}
          {!footer && <div className="h-[max(1rem,env(safe-area-inset-bottom))] shrink-0" />}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Where the focus was before the first of several dialogs that follow each other, as after the switcher. */
let outside: HTMLElement | null = null;

const isIn = (element: Element | null): element is HTMLElement =>
  element instanceof HTMLElement && element !== document.body && element.isConnected;

/**
 * On opening, the focus goes to the first field, else to the dialog as a whole. Not to the close button, which comes
 * first: its tooltip would open too, and take the first Escape. On closing, it goes back to where it was: Radix knows
 * only triggers of its own, and most of our dialogs have none.
 */
function useFocus() {
  const before = useRef<Element | null>(null);
  return {
    onOpenAutoFocus(event: Event) {
      const { target } = event;
      if (!(target instanceof HTMLElement)) return;
      const { activeElement } = document;
      before.current = activeElement;
      if (isIn(activeElement) && !activeElement.closest('[role="dialog"]')) outside = activeElement;
      event.preventDefault();
      const field = target.querySelector<HTMLElement>('input:not([type="hidden"]), textarea, select');
      (field ?? target).focus();
    },
    onCloseAutoFocus(event: Event) {
      event.preventDefault();
      // What the dialog led to has taken the focus already.
      if (isIn(document.activeElement)) return;
      if (isIn(before.current)) before.current.focus();
      else if (isIn(outside)) outside.focus();
    },
  };
}
