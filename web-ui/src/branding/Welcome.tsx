import { lazy } from 'react';
import { useBranding } from './use-branding';

const Markdown = lazy(() => import('../messages/Markdown').then((module) => ({ default: module.Markdown })));

/** What the instance says to those who come. */
export function Welcome() {
  const { data } = useBranding();
  if (!data?.welcome) return null;
  return <Markdown text={data.welcome} />;
}
