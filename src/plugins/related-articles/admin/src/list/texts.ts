import english from '../translations/en.json';

type Texts = Record<string, string>;

const loaded = new Map<string, Texts>([['en', english]]);

/** Keeps the texts of a language for code that cannot call `useIntl`: what hooks give to Strapi. */
export const keepTexts = (locale: string, texts: Texts): void => void loaded.set(locale, texts);

/** A text in the language of the admin panel. */
export function textOf(id: string): string {
  const language = localStorage.getItem('strapi-admin-language') ?? 'en';
  return (loaded.get(language) ?? english)[id as keyof typeof english];
}
