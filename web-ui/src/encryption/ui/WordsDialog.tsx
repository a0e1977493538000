import { Trans, useLingui } from '@lingui/react/macro';
import { useMemo, useState } from 'react';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/TextField';
import { encryption } from '../engine';
import { GatedForm } from './GatedForm';

type Step = { name: 'begin' } | { name: 'show' | 'confirm'; words: string[] } | { name: 'done' };

/** Twelve words on paper: shown once, two of them asked for, and only then they count. */
export function WordsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [step, setStep] = useState<Step>({ name: 'begin' });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Recovery words`}>
      {step.name === 'begin' && (
        <GatedForm
          label={t`Show the words`}
          onCancel={onClose}
          work={async (password) => setStep({ name: 'show', words: await encryption.makeWords(password) })}
        >
          <p className="text-sm">
            <Trans>
              Twelve words that open your encrypted messages when you have lost your devices and your
              password. Write them on paper. Whoever has them can read what you can read.
            </Trans>
          </p>
        </GatedForm>
      )}
      {step.name === 'show' && (
        <Words words={step.words} next={() => setStep({ name: 'confirm', words: step.words })} />
      )}
      {step.name === 'confirm' && (
        <Confirm
          words={step.words}
          back={() => setStep({ name: 'show', words: step.words })}
          done={() => setStep({ name: 'done' })}
        />
      )}
      {step.name === 'done' && (
        <div className="flex flex-col gap-4">
          <p role="status">
            <Trans>Done. Keep the paper where you keep what you don't want to lose.</Trans>
          </p>
          <div className="flex justify-end">
            <Button variant="primary" onClick={onClose}>{t`Close`}</Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}

function Words({ words, next }: { words: string[]; next: () => void }) {
  const { t } = useLingui();
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sm">
        <Trans>Write these down in order. They are not shown again.</Trans>
      </p>
      <ol
        aria-label={t`Your twelve words`}
        className="grid grid-cols-2 gap-2 rounded-lg bg-side p-3 sm:grid-cols-3"
      >
        {words.map((word, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a word may occur twice
          <li key={at} className="flex items-baseline gap-2 font-mono">
            <span className="w-6 text-right text-muted text-xs">{at + 1}</span>
            {word}
          </li>
        ))}
      </ol>
      <div className="flex justify-end">
        <Button variant="primary" onClick={next}>{t`I have written them down`}</Button>
      </div>
    </div>
  );
}

/** Two different places, the earlier one first. */
function twoOf(count: number): [number, number] {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint32Array(2));
  const first = a % count;
  const second = (first + 1 + (b % (count - 1))) % count;
  return first < second ? [first, second] : [second, first];
}

function Confirm({ words, back, done }: { words: string[]; back: () => void; done: () => void }) {
  const { t } = useLingui();
  const places = useMemo(() => twoOf(words.length), [words.length]);
  const [typed, setTyped] = useState<Record<number, string>>({});
  const [isWrong, setWrong] = useState(false);
  const wrongText = t`This is another word. Look at your paper.`;
  const isRight = (place: number) => (typed[place] ?? '').trim().toLowerCase() === words[place];
  return (
    <GatedForm
      label={t`Keep these words`}
      onCancel={back}
      work={async (password) => {
        if (!places.every(isRight)) {
          setWrong(true);
          return;
        }
        await encryption.keepWords(password);
        done();
      }}
    >
      <p className="text-sm">
        <Trans>To be sure that they are right, type two of them from your paper.</Trans>
      </p>
      {places.map((place) => (
        <TextField
          key={place}
          label={t`Word ${place + 1}`}
          value={typed[place] ?? ''}
          error={isWrong && !isRight(place) ? wrongText : undefined}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setTyped({ ...typed, [place]: event.target.value })}
        />
      ))}
    </GatedForm>
  );
}
