/** The square of a picture that is kept, in the picture's own pixels. */
export interface Square {
  x: number;
  y: number;
  size: number;
}

/** The square for a zoom (1 = as large as fits) around a middle given as parts of the picture, moved inside. */
export function squareOf(
  width: number,
  height: number,
  zoom: number,
  middle: { x: number; y: number },
): Square {
  const size = Math.min(width, height) / Math.max(1, zoom);
  const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most);
  return {
    x: clamp(middle.x * width - size / 2, width - size),
    y: clamp(middle.y * height - size / 2, height - size),
    size,
  };
}

/** Draws the square as a picture of its own, at most `most` pixels wide. */
export async function cropPicture(picture: ImageBitmap, square: Square, most = 512): Promise<Blob> {
  const side = Math.round(Math.min(most, square.size));
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser can draw no pictures.');
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, square.x, square.y, square.size, square.size, 0, 0, side, side);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/webp', 0.9));
  if (!blob) throw new Error('This browser could not write the picture.');
  return blob;
}
