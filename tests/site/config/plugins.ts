import type { RelatedArticlesConfig } from 'strapi-plugin-related-articles/strapi-server';

const relatedArticles: RelatedArticlesConfig = {
  contentTypes: {
    'api::podcast.podcast': {
      title: 'headline',
      text: {
        standfirst: 2,
        notes: 1,
        transcript: 1,
        pressRelease: { weight: 1, format: 'html' },
        segments: { 'segment.talk': { caption: 3, words: 1 }, 'segment.quote': 0.5 },
        credits: { thanks: 0.5, music: { piece: 1, sleeve: 1 } },
        cover: 1,
        gallery: 0.5,
      },
      relations: {
        show: 1,
        hosts: { weight: 2, label: 'fullName' },
        guestOfHonour: 1,
        topics: 1,
        subject: 1,
        mentions: 1,
      },
      date: 'airedOn',
      url: 'https://radio.example/listen/:documentId',
    },
    'api::recipe.recipe': {
      title: 'dish',
      slug: 'handle',
      text: { method: 1, ingredients: 2 },
      relations: { cuisine: 1 },
      picked: 'goesWith',
      date: 'testedOn',
      url: { en: '/recipes/:slug', de: '/rezepte/:slug', ja: '/:locale/recipes/:slug' },
      signals: {
        effort: {
          weight: 0.2,
          attributes: ['difficulty'],
          score: (source, candidate) => (source.difficulty === candidate.difficulty ? 1 : 0),
        },
      },
    },
    'api::fact.fact': { title: 'claim' },
  },
};

export default { 'related-articles': { enabled: true, config: relatedArticles } };
