import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';

/** An article of the demo magazine, as its file has it. */
export interface MagazineArticle {
  /** The file's name: what a translation shares with its original. */
  name: string;
  slug: string;
  title: string;
  excerpt: string;
  body: string;
  category?: string;
  tags: string[];
  date?: string;
  draft: boolean;
}

export interface Taxonomy {
  categories: Record<string, { de: string; description: string }>;
  tags: Record<string, string>;
}

/** The articles of one language, by file name. */
export async function readMagazine(folder: string, locale: string): Promise<MagazineArticle[]> {
  const files = (await readdir(path.join(folder, locale))).filter((file) => file.endsWith('.md'));
  return Promise.all(
    files.sort().map(async (file) => {
      const text = await readFile(path.join(folder, locale, file), 'utf8');
      const [, head, body] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? [];
      if (body === undefined) throw new Error(`${file} has no front matter`);
      const name = path.basename(file, '.md');
      return { name, slug: name, draft: false, ...parse(head), body: body.trim() };
    }),
  );
}

export async function readTaxonomy(folder: string): Promise<Taxonomy> {
  return parse(await readFile(path.join(folder, 'taxonomy.yaml'), 'utf8'));
}
