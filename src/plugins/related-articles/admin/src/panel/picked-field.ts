import { generateNKeysBetween } from 'fractional-indexing';

interface Pick {
  /** The draft's id. */
  id: number | string;
  documentId: string;
  title: string;
}

interface Connected {
  id?: number | string;
  __temp_key__?: string;
}

/** The content manager orders a relation's entries by key. Saved ones have the first keys; these come after them. */
const BEHIND_SAVED = 'd0000';

/** Adds entries to a relation in the content manager's form, after those that it holds. */
export function pickInto(
  value: unknown,
  picks: readonly Pick[],
  uid: string,
  locale: string | undefined,
): object {
  const { connect = [], disconnect = [] } = (value ?? {}) as {
    connect?: Connected[];
    disconnect?: Connected[];
  };
  const last = connect.reduce(
    (key, { __temp_key__: own = '' }) => (own > key ? own : key),
    BEHIND_SAVED,
  );
  const keys = generateNKeysBetween(last, null, picks.length);
  const added = picks.map(({ id, documentId, title }, at) => ({
    id,
    documentId,
    locale,
    apiData: { id, documentId, locale, isTemporary: true },
    __temp_key__: keys[at],
    label: title,
    href: `../collection-types/${uid}/${documentId}${locale ? `?plugins[i18n][locale]=${locale}` : ''}`,
  }));
  const isAdded = ({ id }: Connected) => picks.some((pick) => pick.id === id);
  return {
    connect: [...connect.filter((entry) => !isAdded(entry)), ...added],
    disconnect: disconnect.filter((entry) => !isAdded(entry)),
  };
}
