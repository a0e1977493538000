import { useLingui } from '@lingui/react/macro';
import type { SignInStep } from './sign-in';

/** What is going on while somebody signs in, registers or sets a password; at rest the button's own words. */
export function StepText({ step, rest }: { step: SignInStep | null; rest: string }) {
  const { t } = useLingui();
  if (step === null) return rest;
  const words = { asking: t`Asking the node…`, deriving: t`Deriving your key…`, sending: t`Almost there…` };
  return <span role="status">{words[step]}</span>;
}
