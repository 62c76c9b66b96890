import type { EngineDocument } from 'plugin/engine/engine';
import { createRandom } from 'plugin/evaluation/random';

const WORDS = 120;
const COMMON = 8000;
const OF_TOPIC = 400;
const OF_GROUP = 40;
const GROUPS_PER_TOPIC = 10;

export interface Synthetic {
  document: EngineDocument;
  /** The group that it belongs to most closely. */
  group: number;
}

/**
 * Articles whose words are drawn by Zipf's law from three vocabularies: everyone's, the topic's, and that of a group
 * within the topic. Deterministic for a seed.
 */
export function* syntheticArticles(
  count: number,
  perGroup: number,
  seed = 1,
): Generator<Synthetic> {
  const random = createRandom(seed * 7919);
  for (let i = 0; i < 20; i += 1) random();
  const zipf = (size: number) => Math.floor(size ** random()) - 1;
  for (let i = 0; i < count; i += 1) {
    const group = Math.floor(i / perGroup);
    const topic = Math.floor(group / GROUPS_PER_TOPIC);
    const word = () => {
      const kind = random();
      if (kind < 0.6) return `common${zipf(COMMON)}x`;
      return kind < 0.88 ? `topic${topic}w${zipf(OF_TOPIC)}x` : `group${group}w${zipf(OF_GROUP)}x`;
    };
    const words = (number: number) => Array.from({ length: number }, word).join(' ');
    yield {
      group,
      document: {
        id: `article-${i}`,
        title: words(4),
        slug: `article-${i}`,
        fields: [{ text: words(Math.round(WORDS * (0.5 + random()))), weight: 1 }],
        taxonomy: [{ relation: 'category', id: `topic-${topic}`, label: `Topic ${topic}` }],
        links: [],
        date: i,
      },
    };
  }
}
