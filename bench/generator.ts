import type { ArticleLine } from 'plugin/cli/articles-file';
import { createRandom } from 'plugin/evaluation/random';

const WORDS = 360;
/** One word in this many is replaced by a rare one, so that the vocabulary grows as that of real sites does. */
const RARE_EVERY = 60;
const MIN_PARAGRAPH = 8;

/**
 * Articles of about 360 words that recombine the paragraphs of given ones: each takes most of its text from a
 * few articles of one category, so that it has relatives. Deterministic for a seed.
 */
export function* generateArticles(
  sources: readonly ArticleLine[],
  count: number,
  seed = 1,
): Generator<ArticleLine> {
  const random = createRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const groups = [...group(sources).values()].filter((paragraphs) => paragraphs.length >= 20);
  let rare = 0;
  for (let i = 0; i < count; i += 1) {
    const own = pick(groups);
    const start = Math.floor(random() * own.length);
    const body: string[] = [];
    let words = 0;
    const wanted = WORDS * (0.5 + random());
    const tags: string[] = [];
    while (words < wanted) {
      const near = own[(start + Math.floor(random() * 40)) % own.length];
      const paragraph = random() < 0.85 ? near : pick(pick(groups));
      const list = paragraph.text.split(/\s+/);
      for (let at = 0; at < list.length; at += 1) {
        if (random() * RARE_EVERY < 1) {
          // Half of the rare words occur once more, nearby.
          rare += random() < 0.5 ? 1 : 0;
          list[at] = `${syllables(rare)}`;
        }
      }
      body.push(list.join(' '));
      words += list.length;
      if (tags.length < 3 && paragraph.tags.length > 0) tags.push(pick(paragraph.tags));
    }
    const first = own[start];
    const title = body[0].split(/\s+/).slice(0, 6).join(' ');
    yield {
      slug: `article-${i}`,
      title,
      excerpt: null,
      body: body.join('\n\n'),
      category: first.category,
      tags: [...new Set(tags)],
      publishedAt: new Date(1.5e12 + i * 3.6e6).toISOString(),
      locale: 'en',
    };
  }
}

interface Paragraph {
  text: string;
  category: string | null | undefined;
  tags: readonly string[];
}

function group(sources: readonly ArticleLine[]): Map<string, Paragraph[]> {
  const groups = new Map<string, Paragraph[]>();
  for (const { body, category, tags } of sources) {
    const key = category ?? tags?.[0] ?? '';
    const paragraphs = groups.get(key) ?? [];
    groups.set(key, paragraphs);
    for (const text of (body ?? '').split(/\n{2,}/)) {
      if (text.split(/\s+/).length >= MIN_PARAGRAPH && !text.includes('```')) {
        paragraphs.push({ text, category, tags: tags ?? [] });
      }
    }
  }
  return groups;
}

/** A pronounceable word for a number. */
function syllables(number: number): string {
  let word = '';
  for (let rest = number + 400; rest > 0; rest = Math.floor(rest / 100)) {
    word += 'bdfgklmnpr'[rest % 10] + 'aeioubcdyz'[Math.floor(rest / 10) % 10];
  }
  return `q${word}`;
}
