import { Flex, Loader } from '@strapi/design-system';
import { unstable_useContentManagerContext as useContentManagerContext } from '@strapi/content-manager/strapi-admin';
import { useMemo, useState } from 'react';

import type { WatchedAttributes } from '../../../shared/contracts';
import { Failed } from '../shared/Failed';
import { Hint } from '../shared/Hint';
import { Notices } from '../shared/Notices';
import { useFormat } from '../shared/format';
import { withLink, type Target } from '../shared/links';
import { Appearances } from './Appearances';
import { CurationStatus } from './CurationStatus';
import { Exclusions } from './Exclusions';
import { FillField } from './FillField';
import { changesIn, isBlank } from './form';
import { History } from './History';
import { Links } from './Links';
import { ListNotes } from './ListNotes';
import { ListToolbar } from './ListToolbar';
import { MoreCandidates } from './MoreCandidates';
import { PinSearch } from './PinSearch';
import { SuggestionList } from './SuggestionList';
import { useAppearances } from './useAppearances';
import { useCuration } from './useCuration';
import type { FirstList } from './useFirstList';
import { useLinks } from './useLinks';
import { useNotice } from './useNotice';
import { useStickyPanel } from './useStickyPanel';
import { useSuggestions } from './useSuggestions';

/** The part of the content manager's form that is used. */
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
  /** For a duplicate that was never saved: its original. */
  copyOf?: string;
  /** Changes with every save. */
  version: string;
  watched: WatchedAttributes;
  firstList: FirstList;
}

export function PanelContent(props: PanelContentProps) {
  const { uid, documentId, locale, status, isSaved, copyOf, version, watched, firstList } = props;
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
  const [showsMore, setShowsMore] = useState(false);
  const { response, failure, isTooLong, refresh } = useSuggestions(
    uid,
    { documentId, locale, status, ...changes, copyOf, ...(showsMore && { more: true }) },
    `${version} ${showsMore}`,
    firstList,
  );
  const curation = useCuration(uid, entry, response, refresh);
  const notice = useNotice(curation);
  const isHidden = response?.meta.curation.isHidden ?? false;
  const appearances = useAppearances(uid, entry, response !== null, `${version} ${isHidden}`);
  const mayLink = status === 'draft' && Boolean(response?.meta.body);
  const asked = { documentId, locale, ...changes, copyOf };
  const links = useLinks(uid, asked, {
    // Editors who may not read everything get links for the saved text.
    values: response?.meta.isLive === false ? saved : values,
    version: `${version} ${response?.meta.curation.revision}`,
    isWanted: mayLink,
  });
  const panel = useStickyPanel();

  if (!response) {
    if (failure === 'forbidden') return <Hint>{format('panel.forbidden')}</Hint>;
    if (failure) return <Failed text={format('panel.error')} retry={refresh} />;
    return (
      <Flex justifyContent="center" width="100%">
        <Loader small>{format('panel.loading')}</Loader>
      </Flex>
    );
  }

  const { data, meta } = response;
  const changing = meta.curation.mayCurate && entry !== null ? curation : null;
  const { body } = meta;
  const insert =
    body && status === 'draft'
      ? (target: Target) =>
          form.onChange(body.attribute, withLink(values[body.attribute], body.format, target))
      : null;
  const isUnwritten = !entry && isBlank(watched, values);
  const isLeft = ({ reference }: { reference: string }) => !curation.excluded.has(reference);
  const filled = isUnwritten ? [] : data.filled.filter(isNotIn(curation.rows)).filter(isLeft);
  const hasHistory = meta.curation.revision > 0;
  const isCurated = data.exclusions.length > 0 || data.rows.some(isPin);
  return (
    <Flex ref={panel} direction="column" alignItems="stretch" gap={4} width="100%">
      <Flex direction="column" alignItems="stretch" gap={2}>
        <Flex gap={1} wrap="wrap">
          {changing && <ListToolbar curation={changing} isCurated={isCurated} />}
          {meta.picked && status === 'draft' && (
            <FillField
              uid={uid}
              locale={locale}
              field={meta.picked}
              rows={curation.rows}
              keepsPlace={data.filled.length > 0}
              value={values[meta.picked.attribute]}
              change={(value) => form.onChange(meta.picked?.attribute ?? '', value)}
            />
          )}
        </Flex>
        <ListNotes
          response={response}
          rows={curation.rows}
          isNew={!entry}
          isBlank={isUnwritten}
          locale={locale}
          isDraft={status === 'draft'}
          isTooLong={isTooLong}
          retry={failure ? refresh : null}
        />
        {curation.rows.length + filled.length > 0 && (
          <SuggestionList
            uid={uid}
            locale={locale}
            label={format('list')}
            rows={curation.rows}
            filled={{
              rows: filled,
              note: filled.length > 0 ? format(`panel.fallback.${meta.fallback}`) : '',
            }}
            excluded={curation.excluded}
            curation={changing}
            insert={insert}
          />
        )}
        {(showsMore || meta.total > data.rows.length) && (
          <MoreCandidates
            uid={uid}
            locale={locale}
            rows={data.more.filter(isNotIn(curation.rows))}
            list={curation.rows}
            excluded={curation.excluded}
            isOpen={showsMore}
            isLoading={data.more.length === 0 && meta.total > data.rows.length}
            toggle={setShowsMore}
            curation={changing}
            insert={insert}
          />
        )}
        {!entry && <Hint>{format('panel.new')}</Hint>}
        {entry && !changing && <Hint>{format('panel.seeOnly')}</Hint>}
        {changing && <PinSearch uid={uid} locale={locale} own={documentId} curation={changing} />}
        <Exclusions entries={data.exclusions} curation={changing} />
        {entry && (changing || hasHistory) && (
          <>
            <CurationStatus state={meta.curation} />
            <History uid={uid} entry={entry} isEmpty={!hasHistory} />
          </>
        )}
      </Flex>
      {links.found && mayLink && body && (
        <Links
          found={links.found}
          isOld={links.isOld}
          refresh={links.refresh}
          body={values[body.attribute]}
          change={(text) => form.onChange(body.attribute, text)}
        />
      )}
      {entry && (
        <Appearances
          uid={uid}
          entry={entry}
          appearances={appearances}
          isHidden={isHidden}
          curation={changing}
        />
      )}
      <Notices notice={notice} />
    </Flex>
  );
}

const isPin = ({ origin }: { origin: string }) => origin === 'pinned';

const isNotIn = (rows: readonly { reference: string }[]) => (row: { reference: string }) =>
  !rows.some(({ reference }) => reference === row.reference);
