import { Trans, useLingui } from '@lingui/react/macro';
import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { paths } from '../../app/paths';
import { IconButton } from '../../ui/IconButton';

/** What encryption does and doesn't protect, in plain words. Readable without an account. */
export function PrivacyPage() {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const back = () => (history.length > 1 ? history.back() : navigate(paths.home));
  return (
    <main className="h-full overflow-y-auto bg-canvas">
      <article className="mx-auto flex max-w-2xl flex-col gap-6 px-4 py-6 md:px-8 md:py-8">
        <header className="flex items-start gap-2">
          <IconButton
            label={t`Back`}
            icon={<ArrowLeft size={18} aria-hidden />}
            onClick={back}
            className="-ml-2"
          />
          <div>
            <h1 className="font-semibold text-2xl tracking-tight">
              <Trans>What encryption does and doesn't protect</Trans>
            </h1>
            <p className="mt-1 text-muted">
              <Trans>End-to-end encrypted, not yet externally audited.</Trans>
            </p>
          </div>
        </header>
        <Part title={<Trans>What it is</Trans>}>
          <p>
            <Trans>
              In a conversation with a closed lock, messages are locked on your device and unlocked on the
              devices of the people in it. The node that carries them can't open them. Neither can the people
              who run it.
            </Trans>
          </p>
        </Part>
        <Part title={<Trans>What is protected</Trans>}>
          <List
            items={[
              <Trans key="content">
                What you write, edit and react with, and the names of encrypted groups.
              </Trans>,
              <Trans key="disk">
                Against theft: who steals the node's disk or a backup has locked messages. They can only guess
                passwords, and each guess is slow. A good password matters.
              </Trans>,
              <Trans key="members">
                Against uninvited readers: the node can't add anybody to a conversation or a device to your
                account.
              </Trans>,
              <Trans key="forgery">Against forgery: nobody can write in somebody else's name.</Trans>,
            ]}
          />
        </Part>
        <Part title={<Trans>What is not protected</Trans>}>
          <List
            items={[
              <Trans key="who">
                Who writes with whom, when, from which address and roughly how much: the node sees that.
              </Trans>,
              <Trans key="rooms">Names of rooms, and everything in conversations with an open lock.</Trans>,
              <Trans key="others">What the people you write with do with your messages.</Trans>,
              <Trans key="device">A device in somebody else's hands that is not locked.</Trans>,
              <Trans key="deny">Deniability: messages are signed, so it can be shown who wrote them.</Trans>,
              <Trans key="service">
                The node can refuse to carry messages, delay them, or remove people. It can't do so unnoticed
                for long.
              </Trans>,
            ]}
          />
        </Part>
        <Part title={<Trans>In a browser you trust the operator</Trans>}>
          <p>
            <Trans>
              A browser runs the program that the node sends it, each time anew. A dishonest operator could
              send a program that reads along, and no encryption prevents that. In a browser you are protected
              from thieves, from curious people with access to the disk and from everybody else, but not from
              an operator who attacks you on purpose. If you don't trust yours, use a Snug that does not come
              from the node, such as the one for the terminal.
            </Trans>
          </p>
        </Part>
        <Part title={<Trans>Verifying people</Trans>}>
          <p>
            <Trans>
              When you write with somebody for the first time, the node could show you a false identity.
              Compare your security numbers once, or use a contact link, and that is ruled out. If somebody's
              number changes later, nothing is sent until you have decided.
            </Trans>
          </p>
        </Part>
        <Part title={<Trans>If you lose things</Trans>}>
          <List
            items={[
              <Trans key="password">
                Your password opens your messages on a new device. Nobody can look it up for you.
              </Trans>,
              <Trans key="words">Twelve words on paper do the same when the password is forgotten.</Trans>,
              <Trans key="all">
                Without password, words and devices you can begin anew after 24 hours; what was before stays
                closed.
              </Trans>,
            ]}
          />
        </Part>
        <Part title={<Trans>Reports</Trans>}>
          <p>
            <Trans>
              Who receives a message can show it to the moderators, with proof of who wrote it. They see that
              message and nothing else.
            </Trans>
          </p>
        </Part>
      </article>
    </main>
  );
}

function Part({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2">
      <h2 className="font-semibold text-lg">{title}</h2>
      {children}
    </section>
  );
}

function List({ items }: { items: ReactNode[] }) {
  return (
    <ul className="list-disc space-y-1.5 pl-5">
      {items.map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
        <li key={at}>{item}</li>
      ))}
    </ul>
  );
}
