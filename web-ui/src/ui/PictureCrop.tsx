import { useLingui } from '@lingui/react/macro';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { cropPicture, squareOf } from '../lib/crop';
import { Button } from './Button';
import { Dialog } from './Dialog';
import { FormError } from './FormError';
import { Spinner } from './Spinner';

interface PictureCropProps {
  file: File;
  round: boolean;
  limit: number;
  onCancel: () => void;
  onUpload: (picture: Blob) => Promise<void>;
}

const side = 256;

/** Chooses the square of a picture: drag or arrow keys move it, the slider zooms. */
export function PictureCrop({ file, round, limit, onCancel, onUpload }: PictureCropProps) {
  const { t } = useLingui();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [picture, setPicture] = useState<ImageBitmap | null>(null);
  const [view, setView] = useState({ zoom: 1, x: 0.5, y: 0.5 });
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });

  useEffect(() => {
    let current = true;
    createImageBitmap(file).then(
      (bitmap) => current && setPicture(bitmap),
      () =>
        current && setState({ busy: false, error: t`This file is not a picture that the browser can read.` }),
    );
    return () => {
      current = false;
    };
  }, [file, t]);

  const square = picture && squareOf(picture.width, picture.height, view.zoom, view);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!picture || !context) return;
    const { x, y, size } = squareOf(picture.width, picture.height, view.zoom, view);
    context.imageSmoothingQuality = 'high';
    context.clearRect(0, 0, side * 2, side * 2);
    context.drawImage(picture, x, y, size, size, 0, 0, side * 2, side * 2);
  }, [picture, view]);

  function move(pixelsX: number, pixelsY: number) {
    if (!picture || !square) return;
    const scale = square.size / side;
    const middle = {
      x: (square.x + square.size / 2) / picture.width,
      y: (square.y + square.size / 2) / picture.height,
    };
    setView((before) => ({
      ...before,
      x: middle.x - (pixelsX * scale) / picture.width,
      y: middle.y - (pixelsY * scale) / picture.height,
    }));
  }

  function drag(event: PointerEvent<HTMLCanvasElement>) {
    if (event.buttons !== 1) return;
    move(event.movementX, event.movementY);
  }

  async function upload() {
    if (!picture || !square) return;
    setState({ busy: true, error: null });
    try {
      const blob = await cropPicture(picture, square);
      if (blob.size > limit) throw new Error(t`The picture is too large.`);
      await onUpload(blob);
      onCancel();
    } catch (error) {
      setState({ busy: false, error: error instanceof Error ? error.message : String(error) });
    }
  }

  const keys: Record<string, [number, number]> = {
    ArrowLeft: [8, 0],
    ArrowRight: [-8, 0],
    ArrowUp: [0, 8],
    ArrowDown: [0, -8],
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onCancel()}
      title={t`Crop the picture`}
      description={t`Drag the picture or use the arrow keys.`}
      size="sm"
      footer={
        <>
          <Button onClick={onCancel}>{t`Cancel`}</Button>
          <Button variant="primary" busy={state.busy} disabled={!picture} onClick={() => void upload()}>
            {t`Use picture`}
          </Button>
        </>
      }
    >
      <div className="flex flex-col items-center gap-4">
        {!picture && !state.error && <Spinner label={t`Reading the picture…`} />}
        <canvas
          ref={canvas}
          width={side * 2}
          height={side * 2}
          hidden={!picture}
          tabIndex={0}
          role="img"
          aria-label={t`Part of the picture that is used`}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={drag}
          onKeyDown={(event) => {
            const step = keys[event.key];
            if (!step) return;
            event.preventDefault();
            move(...step);
          }}
          className={`size-64 cursor-grab touch-none bg-pressed active:cursor-grabbing ${round ? 'rounded-full' : 'rounded-xl'}`}
        />
        {picture && (
          <label className="flex w-64 items-center gap-3 text-sm">
            {t`Zoom`}
            <input
              type="range"
              min={1}
              max={4}
              step={0.05}
              value={view.zoom}
              onChange={(event) => setView((before) => ({ ...before, zoom: Number(event.target.value) }))}
              className="grow"
            />
          </label>
        )}
        <FormError text={state.error} />
      </div>
    </Dialog>
  );
}
