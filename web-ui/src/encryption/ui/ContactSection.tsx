import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useLoad } from '../../lib/use-load';
import { Button } from '../../ui/Button';
import { Choice } from '../../ui/Choice';
import { CopyField } from '../../ui/CopyField';
import { Dialog } from '../../ui/Dialog';
import { FormError } from '../../ui/FormError';
import { Section } from '../../ui/Section';
import { Skeleton } from '../../ui/Skeleton';
import { encryption } from '../engine';
import type { ContactLink } from '../model';
import { encryptionText } from '../texts';
import { QrCode } from './QrCode';
import { useAct } from './use-act';

/** How others find one, already verified. */
export function ContactSection() {
  const { t } = useLingui();
  const contact = useLoad(() => encryption.contactLink());
  const [isRotating, setRotating] = useState(false);
  return (
    <Section
      title={t`Your contact link`}
      description={t`Give it to somebody, or let them scan it. Whoever opens it finds you, and knows at once that it is really you.`}
      action={contact.data && <Button size="sm" onClick={() => setRotating(true)}>{t`New link`}</Button>}
    >
      {contact.error && <FormError text={encryptionText(contact.error)} />}
      {!contact.data && !contact.error && <Skeleton className="h-40 w-full" />}
      {contact.data && (
        <div className="flex flex-wrap items-start gap-5">
          <div className="w-40 max-sm:mx-auto">
            <QrCode text={contact.data.link} label={t`Your contact link as a code`} />
          </div>
          <div className="flex min-w-60 grow basis-0 flex-col gap-2">
            <CopyField label={t`Link`} value={contact.data.link} />
            <Previous contact={contact.data} />
          </div>
        </div>
      )}
      {isRotating && (
        <RotateDialog
          onClose={() => setRotating(false)}
          onDone={(made) => {
            contact.set(made);
            setRotating(false);
          }}
        />
      )}
    </Section>
  );
}

function Previous({ contact }: { contact: ContactLink }) {
  if (contact.previous.length === 0) return null;
  return (
    <ul className="text-muted text-sm">
      {contact.previous.map(({ code_hint, until }) => (
        <li key={code_hint}>
          <Trans>
            The old one ({code_hint}) works until {new Date(until).toLocaleDateString()}.
          </Trans>
        </li>
      ))}
    </ul>
  );
}

function RotateDialog({ onClose, onDone }: { onClose: () => void; onDone: (made: ContactLink) => void }) {
  const { t } = useLingui();
  const [grace, setGrace] = useState('0');
  const act = useAct();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Make a new contact link`}
      description={t`People you know already are not affected.`}
      size="sm"
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run(async () => onDone(await encryption.rotateContactCode(Number(grace))));
        }}
      >
        <Choice
          label={t`The present link`}
          layout="column"
          value={grace}
          onChange={setGrace}
          options={[
            { value: '0', label: t`Stops working at once` },
            { value: '7', label: t`Works for another week` },
            { value: '30', label: t`Works for another 30 days` },
          ]}
        />
        <FormError text={act.error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={act.busy !== null}>{t`Make a new link`}</Button>
        </div>
      </form>
    </Dialog>
  );
}
