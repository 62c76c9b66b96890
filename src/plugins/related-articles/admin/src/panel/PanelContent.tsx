import { Flex, Loader } from '@strapi/design-system';
import { unstable_useContentManagerContext as useContentManagerContext } from '@strapi/content-manager/strapi-admin';
import { useMemo } from 'react';

import type { WatchedAttributes } from '../../../shared/contracts';
import { useCuration } from './useCuration';
import type { FirstList } from './useFirstList';
import { useSuggestions } from './useSuggestions';
import { useAppearances } from './useAppearances';
import { changesIn } from './form';
import { useFormat } from '../shared/format';
import { withLink } from '../shared/links';
import { CurationStatus } from './CurationStatus';
import { Exclusions } from './Exclusions';
import { Failed } from '../shared/Failed';
import { Hint } from '../shared/Hint';
import { History } from './History';
import { Outcome } from './Outcome';
import { PinSearch } from './PinSearch';
import { SuggestionList } from './SuggestionList';
import { Appearances } from './Appearances';

/** What is used of the content manager's form. */
interface Form {
  values: Record<string, unknown>;
  initialValues: Record<string, unknown>;
  onChange(attribute: string, value: unknown): void;
}

interface PanelContentProps {
  uid: string;
  documentId?: string;
  locale?: string;
  status: 'draft' | 'published';
  /** Whether it is saved in this locale. */
  isSaved: boolean;
  /** Changes with every save. */
  version: string;
  watched: WatchedAttributes;
  firstList: FirstList;
}

export function PanelContent(props: PanelContentProps) {
  const { uid, documentId, locale, status, isSaved, version, watched, firstList } = props;
  const format = useFormat();
  const form = useContentManagerContext().form as Form;
  const { values, initialValues: saved } = form;
  const changes = useMemo(
    () => (status === 'published' ? {} : changesIn(watched, values, isSaved ? saved : {})),
    [isSaved, saved, status, values, watched],
  );
  const entry = useMemo(
    () => (documentId && isSaved ? { documentId, locale } : null),
    [documentId, isSaved, locale],
  );
  const { response, failure, isTooLong, refresh } = useSuggestions(
    uid,
    { documentId, locale, status, ...changes },
    version,
    firstList,
  );
  const curation = useCuration(uid, entry, response, refresh);
  const appearances = useAppearances(uid, entry, response !== null, version);

  if (!response) {
    if (!failure) return <Loader small>{format('panel.loading')}</Loader>;
    if (failure === 'forbidden') return <Hint>{format('panel.forbidden')}</Hint>;
    return <Failed text={format('panel.error')} retry={refresh} />;
  }

  const { data, meta } = response;
  const mayCurate = meta.curation.mayCurate && entry !== null;
  const { body } = meta;
  const insert =
    body && status === 'draft'
      ? (target: { title: string; url: string }) => {
          const before = values[body.attribute];
          form.onChange(body.attribute, withLink(before, body.format, target));
        }
      : null;
  return (
    <Flex direction="column" alignItems="stretch" gap={4} width="100%">
      <Flex direction="column" alignItems="stretch" gap={2}>
        {meta.index && <Hint>{format('panel.building', meta.index)}</Hint>}
        {!meta.isLive && status === 'draft' && <Hint>{format('panel.savedOnly')}</Hint>}
        {isTooLong && <Hint>{format('panel.tooLong')}</Hint>}
        {meta.unread === 'all' && <Hint>{format('panel.unread.all')}</Hint>}
        {meta.unread === 'rest' && <Hint>{format('panel.unread.rest')}</Hint>}
        {failure && <Hint>{format('panel.stale')}</Hint>}
        <Outcome curation={curation} />
        {curation.rows.length === 0 ? (
          !meta.index && <Nothing missing={meta.missing} />
        ) : (
          <SuggestionList
            uid={uid}
            locale={locale}
            rows={curation.rows}
            curation={mayCurate ? curation : null}
            insert={insert}
          />
        )}
        {!entry && <Hint>{format('panel.new')}</Hint>}
        {entry && !mayCurate && <Hint>{format('panel.seeOnly')}</Hint>}
        {mayCurate && curation.rows.length > 1 && <Hint>{format('panel.dragging')}</Hint>}
        {mayCurate && <PinSearch uid={uid} locale={locale} own={documentId} curation={curation} />}
        <Exclusions entries={data.exclusions} curation={mayCurate ? curation : null} />
        {entry && <CurationStatus state={meta.curation} />}
        {entry && meta.curation.revision > 0 && <History uid={uid} entry={entry} />}
      </Flex>
      {entry && <Appearances uid={uid} entry={entry} appearances={appearances} />}
    </Flex>
  );
}

/** Nothing to suggest: what would help. */
function Nothing({ missing }: { missing: string[] }) {
  const format = useFormat();
  const relations = missing.filter((name) => name !== 'text');
  const helps = [
    ...(missing.includes('text') ? [format('panel.help.text')] : []),
    ...(relations.length > 0
      ? [format('panel.help.relations', { relations: format.list(relations, 'disjunction') })]
      : []),
  ];
  return (
    <>
      <Hint>{format('panel.empty')}</Hint>
      {(helps.length > 0 ? helps : [format('panel.help.link')]).map((help) => (
        <Hint key={help}>{help}</Hint>
      ))}
    </>
  );
}
