import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { Component, type ReactNode } from 'react';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/EmptyState';

interface Props {
  children: ReactNode;
}

/** A mistake of ours shows a way on instead of an empty page. */
export class ErrorBoundary extends Component<Props, { message: string | null }> {
  override state = { message: null };

  static getDerivedStateFromError(error: unknown) {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    if (this.state.message === null) return this.props.children;
    return (
      <main className="grid min-h-dvh place-items-center">
        <EmptyState
          title={t`Something went wrong`}
          action={
            <Button variant="primary" onClick={() => location.reload()}>
              <Trans>Load the page again</Trans>
            </Button>
          }
        >
          <p>
            <Trans>Your messages are safe. If this happens again, tell the administrator what follows.</Trans>
          </p>
          <p className="mt-2 font-mono text-sm">{this.state.message}</p>
        </EmptyState>
      </main>
    );
  }
}
