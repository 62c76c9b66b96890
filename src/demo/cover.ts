import sharp from 'sharp';

const WIDTH = 1200;
const HEIGHT = 675;

/** Background, then the colours of the shapes, by category. */
const PALETTES: Record<string, string[]> = {
  Kitchen: ['#f6e7cb', '#d96c3f', '#8a3b20', '#f0b35a'],
  Garden: ['#e4eed8', '#5f8f4a', '#2f5233', '#c9a24b'],
  Workshop: ['#ece4da', '#a3703f', '#4d3a2a', '#7f9aa3'],
  Outdoors: ['#dcebf2', '#4f86a6', '#274b63', '#e2b04a'],
  Travel: ['#f5dfe0', '#c4566a', '#5d2a44', '#e9a15c'],
  'Night Sky': ['#151a35', '#3d4a8f', '#f2e6b8', '#8a6fb3'],
};

/** A cover drawn from the article's name: overlapping discs over hills, the same picture for the same name. */
export function drawCover(name: string, category: string): Promise<Buffer> {
  const [background, ...colours] = PALETTES[category] ?? PALETTES.Kitchen;
  const random = generator(name);
  const between = (low: number, high: number) => Math.round(low + random() * (high - low));
  const colour = () => colours[between(0, colours.length - 1)];

  const discs = Array.from({ length: between(4, 7) }, () => {
    const radius = between(40, 190);
    return `<circle cx="${between(0, WIDTH)}" cy="${between(0, HEIGHT * 0.7)}" r="${radius}" fill="${colour()}" opacity="0.85"/>`;
  });
  const hills = [0.62, 0.74, 0.86].map((height) => {
    const y = HEIGHT * height;
    const [a, b, c] = [between(-90, 90), between(-90, 90), between(-90, 90)];
    return `<path d="M0 ${y + a} C ${WIDTH / 3} ${y + b - 80}, ${(2 * WIDTH) / 3} ${y + c + 80}, ${WIDTH} ${y} V ${HEIGHT} H 0 Z" fill="${colour()}" opacity="0.9"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
<rect width="100%" height="100%" fill="${background}"/>${discs.join('')}${hills.join('')}</svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 80 }).toBuffer();
}

/** Numbers from 0 to 1 that depend on the seed alone (xmur3 and mulberry32, both public domain). */
function generator(seed: string): () => number {
  let state = 1779033703 ^ seed.length;
  for (const character of seed) {
    state = Math.imul(state ^ character.charCodeAt(0), 3432918353);
    state = (state << 13) | (state >>> 19);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
