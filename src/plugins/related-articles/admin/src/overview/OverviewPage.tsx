import { Button, Flex, Main, Searchbar, SearchForm, Typography } from '@strapi/design-system';
import { Layouts, Page } from '@strapi/strapi/admin';
import { useEffect, useRef, useState } from 'react';

import type { DecideRequest } from '../../../shared/contracts';
import { useApi, type OverviewQuery } from '../api';
import { useTypes } from '../panel/useTypes';
import { PageTabs } from '../pages/PageTabs';
import { useMaySee } from '../permissions';
import { Failed } from '../shared/Failed';
import { useFormat } from '../shared/format';
import { Notices } from '../shared/Notices';
import { problemOf, wordsOf } from '../shared/problems';
import { BulkBar } from './BulkBar';
import { CollectionChoice } from './CollectionChoice';
import { EntriesTable } from './EntriesTable';
import { Figures } from './Figures';
import { IndexState, RebuildButton } from './IndexState';
import { saveFile } from './saveFile';
import { useDecisions } from './useDecisions';
import { useOverview } from './useOverview';
import { useOverviewEntries } from './useOverviewEntries';
import { sortOf, usePlace, type Place } from './usePlace';

const PAGE_SIZE = 20;
/** How long typing must pause before a search, in milliseconds. */
const PAUSE_MS = 300;

/** All entries at once: what stands out, and what to do about it. */
export function OverviewPage() {
  const format = useFormat();
  // Loads the types for the column of the next list that the editor opens.
  useTypes(useMaySee());
  const { overview, problem, refresh } = useOverview();
  const [asked, go] = usePlace();
  const { notice, say, decide, isBusy } = useDecisions();
  const collections = overview?.collections ?? [];
  const figures =
    collections.find(({ uid, locale }) => uid === asked.uid && locale === asked.locale) ??
    collections.find(({ uid }) => uid === asked.uid) ??
    collections[0];
  const list = asked.list ?? 'all';
  const place: Place | null = figures
    ? { uid: figures.uid, locale: figures.locale, list, search: asked.search ?? '', sort: asked.sort ?? sortOf(list), page: asked.page ?? 1 } // prettier-ignore
    : null;
  return (
    <Main>
      <Page.Title>{format('panel.title')}</Page.Title>
      <Layouts.Header
        title={format('panel.title')}
        subtitle={format('overview.subtitle')}
        primaryAction={
          overview?.index.mayRebuild ? (
            <RebuildButton
              onDone={(error) => {
                if (error === undefined) say('success', format('overview.rebuild.begun'));
                else say('danger', wordsOf(problemOf(error), format));
                refresh();
              }}
            />
          ) : undefined
        }
      />
      <Layouts.Content>
        <Flex direction="column" alignItems="stretch" gap={5} paddingBottom={8}>
          <PageTabs />
          {problem && <Failed text={wordsOf(problem, format)} retry={refresh} />}
          {overview && <IndexState index={overview.index} figures={figures} />}
          {overview && collections.length === 0 && (
            <Typography>{format('overview.nothing')}</Typography>
          )}
          {collections.length > 1 && figures && (
            <CollectionChoice collections={collections} figures={figures} onChoose={go} />
          )}
          {figures && place && (
            <>
              <Figures
                counts={figures.counts}
                list={list}
                onChoose={(one) => go({ list: one, sort: undefined, page: undefined })}
              />
              <Entries
                key={`${place.uid} ${place.locale} ${place.list}`}
                place={place}
                version={`${figures.madeAt}`}
                isKnown={figures.counts !== null}
                go={go}
                isBusy={isBusy}
                say={(text) => say('danger', text)}
                decide={async (decision, documentIds) => {
                  const locale = place.locale ?? undefined;
                  const refused = await decide(place.uid, { decision, locale }, documentIds);
                  refresh();
                  return refused;
                }}
              />
            </>
          )}
        </Flex>
      </Layouts.Content>
      <Notices notice={notice} />
    </Main>
  );
}

interface EntriesProps {
  place: Place;
  version: string;
  /** Whether the figures are known: until then, an empty page says nothing. */
  isKnown: boolean;
  isBusy: boolean;
  go(change: Partial<Place>): void;
  say(text: string): void;
  decide(decision: DecideRequest['decision'], documentIds: readonly string[]): Promise<string[]>;
}

/** The entries behind the chosen figure. */
function Entries({ place, version, isKnown, isBusy, go, say, decide }: EntriesProps) {
  const format = useFormat();
  const { exportOverview } = useApi();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [decided, setDecided] = useState(0);
  const query: OverviewQuery = {
    list: place.list,
    sort: place.sort,
    page: place.page,
    pageSize: PAGE_SIZE,
    ...(place.locale !== null && { locale: place.locale }),
    ...(place.search !== '' && { search: place.search }),
  };
  const { page, problem } = useOverviewEntries(place.uid, query, `${version} ${decided}`);
  // Rows of the previous page can still be ticked while the next one loads.
  useEffect(() => {
    const shown = new Set(page?.data.map(({ documentId }) => documentId));
    setSelected((now) => ([...now].every((id) => shown.has(id)) ? now : new Set([...now].filter((id) => shown.has(id))))); // prettier-ignore
  }, [page]);
  const total = page?.meta.total ?? 0;
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const turn = (to: number) => {
    setSelected(new Set());
    go({ page: to });
  };
  // The last entries of the last page are gone.
  const isBeyond = page !== null && page.data.length === 0 && total > 0 && place.page > last;
  useEffect(() => {
    if (isBeyond) go({ page: last });
  }, [go, isBeyond, last]);
  const download = async () => {
    try {
      saveFile(`${place.list}.csv`, await exportOverview(place.uid, query));
    } catch (error) {
      say(wordsOf(problemOf(error), format));
    }
  };
  return (
    <Flex direction="column" alignItems="stretch" gap={4}>
      <Flex justifyContent="space-between" gap={3} wrap="wrap">
        <Search
          value={place.search}
          onSearch={(search) => {
            // Nobody should decide about entries that are out of sight.
            setSelected(new Set());
            go({ search, page: undefined });
          }}
        />
        <Button variant="tertiary" disabled={total === 0} onClick={() => void download()}>
          {format('overview.export')}
        </Button>
      </Flex>
      {selected.size > 0 && (
        <BulkBar
          count={selected.size}
          isBusy={isBusy}
          decide={async (decision) => {
            const refused = new Set(await decide(decision, [...selected]));
            // Keep what was chosen in the meantime.
            setSelected((now) => new Set([...now].filter((id) => refused.has(id) || !selected.has(id)))); // prettier-ignore
            setDecided((times) => times + 1);
          }}
        />
      )}
      {problem && <Typography textColor="danger600">{wordsOf(problem, format)}</Typography>}
      {isKnown && page && page.data.length === 0 && (
        <Typography textColor="neutral600">
          {format(place.search === '' ? 'overview.none' : 'overview.notFound')}
        </Typography>
      )}
      {page && page.data.length > 0 && (
        <EntriesTable
          place={place}
          rows={page.data}
          selected={selected}
          onSelect={(documentIds, isSelected) => {
            setSelected((now) => {
              const others = [...now].filter((id) => !documentIds.includes(id));
              return new Set(isSelected ? [...others, ...documentIds] : others);
            });
          }}
          onSort={(sort) => {
            setSelected(new Set());
            go({ sort, page: undefined });
          }}
        />
      )}
      {last > 1 && (
        <Flex gap={3} tag="nav" aria-label={format('overview.pages')}>
          <Button
            variant="tertiary"
            disabled={place.page <= 1}
            onClick={() => turn(place.page - 1)}
          >
            {format('overview.previous')}
          </Button>
          <Typography aria-live="polite">
            {format('overview.page', { page: place.page, last })}
          </Typography>
          <Button
            variant="tertiary"
            disabled={place.page >= last}
            onClick={() => turn(place.page + 1)}
          >
            {format('overview.next')}
          </Button>
        </Flex>
      )}
    </Flex>
  );
}

/** Searches as the editor types. */
function Search({ value, onSearch }: { value: string; onSearch(text: string): void }) {
  const format = useFormat();
  const [text, setText] = useState(value);
  /** What this field asked for last. */
  const asked = useRef(value);
  useEffect(() => {
    if (value === asked.current) return;
    // Changed through the address, such as by a link.
    asked.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => {
      asked.current = text;
      onSearch(text);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [onSearch, text, value]);
  return (
    // Enter would load the page anew.
    <SearchForm onSubmit={(event) => event.preventDefault()}>
      <Searchbar
        name="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onClear={() => setText('')}
        clearLabel={format('overview.clear')}
        placeholder={format('overview.search')}
      >
        {format('overview.search')}
      </Searchbar>
    </SearchForm>
  );
}
