import { Trans, useLingui } from '@lingui/react/macro';
import { Camera } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../ui/Button';

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type DetectorClass = new (options: { formats: string[] }) => Detector;

const EACH_MS = 250;

const detectorClass = (): DetectorClass | undefined =>
  (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;

/** Whether this browser reads codes with the camera; where it does not, links are pasted. */
const canScan = (): boolean => detectorClass() !== undefined && 'mediaDevices' in navigator;

/** Reads a code with the camera, once it was asked to. */
export function Scanner({ onRead }: { onRead: (text: string) => void }) {
  const { t } = useLingui();
  const [isOn, setOn] = useState(false);
  const [error, setError] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  const latest = useRef(onRead);
  latest.current = onRead;

  useEffect(() => {
    if (!isOn) return;
    let stream: MediaStream | null = null;
    let timer: ReturnType<typeof setInterval> | undefined;
    let isOver = false;
    const look = async (detector: Detector) => {
      const element = video.current;
      if (!element || element.readyState < element.HAVE_CURRENT_DATA || isOver) return;
      const [found] = await detector.detect(element).catch(() => []);
      if (!found || isOver) return;
      setOn(false);
      latest.current(found.rawValue);
    };
    const begin = async () => {
      const Detector = detectorClass();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      if (isOver || !Detector || !video.current) return end();
      video.current.srcObject = stream;
      await video.current.play();
      const detector = new Detector({ formats: ['qr_code'] });
      timer = setInterval(() => void look(detector), EACH_MS);
    };
    const end = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    begin().catch(() => {
      setOn(false);
      setError(true);
    });
    return () => {
      isOver = true;
      clearInterval(timer);
      end();
    };
  }, [isOn]);

  if (!canScan()) return null;
  return (
    <div className="flex flex-col gap-2">
      {isOn ? (
        <video
          ref={video}
          muted
          playsInline
          className="aspect-square w-full max-w-64 rounded-lg bg-black object-cover"
        />
      ) : (
        <div>
          <Button
            icon={<Camera size={17} aria-hidden />}
            onClick={() => {
              setError(false);
              setOn(true);
            }}
          >{t`Scan with the camera`}</Button>
        </div>
      )}
      {error && (
        <p role="alert" className="text-danger-text text-sm">
          <Trans>The camera could not be used. Paste the code instead.</Trans>
        </p>
      )}
    </div>
  );
}
