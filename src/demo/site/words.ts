export type Language = 'en' | 'de';

/** What the pages say themselves. */
export const WORDS = {
  en: {
    name: 'The Long Evening',
    motto: 'Things to make, grow, mend and watch',
    newest: 'New',
    categories: 'Subjects',
    related: 'Read on',
    why: 'Why these?',
    words: 'Shared words',
    subjects: 'Shared subjects',
    linksTo: 'This article links to it',
    linksFrom: 'It links to this article',
    filled: 'From the same subject',
    pinned: 'Chosen by the editors',
    missing: 'There is no page here',
    meant: 'You may have been looking for one of these:',
    home: 'Back to the front page',
    other: 'Deutsch',
    skip: 'Skip to the text',
    edit: 'For editors',
  },
  de: {
    name: 'Der lange Abend',
    motto: 'Zum Machen, Ziehen, Flicken und Schauen',
    newest: 'Neu',
    categories: 'Themen',
    related: 'Weiterlesen',
    why: 'Warum diese?',
    words: 'Gemeinsame Wörter',
    subjects: 'Gemeinsame Themen',
    linksTo: 'Dieser Artikel verweist darauf',
    linksFrom: 'Verweist auf diesen Artikel',
    filled: 'Aus demselben Thema',
    pinned: 'Von der Redaktion ausgewählt',
    missing: 'Hier ist keine Seite',
    meant: 'Vielleicht haben Sie eine von diesen gesucht:',
    home: 'Zur Startseite',
    other: 'English',
    skip: 'Zum Text',
    edit: 'Für die Redaktion',
  },
} as const;

export type Words = (typeof WORDS)[Language];
