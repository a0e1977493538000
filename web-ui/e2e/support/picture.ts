import { crc32, deflateSync } from 'node:zlib';

const SIDE = 96;

/** A PNG with a soft disc of two colours, different for every seed: portraits of nobody. */
export function portrait(seed: number): Buffer {
  const hue = (seed * 67) % 360;
  const rows = Buffer.alloc(SIDE * (1 + SIDE * 3));
  for (let y = 0; y < SIDE; y += 1) {
    const row = y * (1 + SIDE * 3);
    for (let x = 0; x < SIDE; x += 1) {
      const isHead = Math.hypot(x - SIDE / 2, y - SIDE * 0.4) < SIDE * 0.2;
      const isBody = Math.hypot(x - SIDE / 2, (y - SIDE * 1.02) * 0.9) < SIDE * 0.36;
      const light = isHead || isBody ? 0.88 : 0.42 + (0.18 * (SIDE - y)) / SIDE;
      const [red, green, blue] = rgb(isHead || isBody ? hue + 24 : hue, 0.42, light);
      rows.writeUInt8(red, row + 1 + x * 3);
      rows.writeUInt8(green, row + 2 + x * 3);
      rows.writeUInt8(blue, row + 3 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

function rgb(hue: number, saturation: number, light: number): [number, number, number] {
  const reach = saturation * Math.min(light, 1 - light);
  const part = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (light - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [part(0), part(8), part(4)];
}
