// The sound of a new message: two soft tones, made here, so that there is no file to load.
const PAUSE_MS = 2_000;
const TONES = [
  { at: 0, hertz: 660 },
  { at: 0.11, hertz: 880 },
];

let playedAt = 0;
let context: AudioContext | null = null;

/** Plays it, unless it was played a moment ago, here or in another tab. */
export async function chime(): Promise<void> {
  if (Date.now() - playedAt < PAUSE_MS) return;
  playedAt = Date.now();
  if (!navigator.locks) return play();
  // Of several tabs one makes the sound, and keeps the others from it for a while.
  await navigator.locks.request('snug.sound', { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    play();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS / 2));
  });
}

function play(): void {
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  // A browser lets nothing be heard of a page that nobody has touched.
  if (context.state === 'suspended') void context.resume().catch(() => undefined);
  for (const { at, hertz } of TONES) {
    const begins = context.currentTime + at;
    const tone = new OscillatorNode(context, { frequency: hertz });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.linearRampToValueAtTime(0.12, begins + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.0005, begins + 0.32);
    tone.connect(loudness).connect(context.destination);
    tone.start(begins);
    tone.stop(begins + 0.35);
  }
}
