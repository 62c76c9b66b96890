import { Box, Button, Flex, Main, Searchbar, SearchForm, Typography } from '@strapi/design-system';
import { Layouts, Page } from '@strapi/strapi/admin';
import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router-dom';

import type { OverviewFigures } from '../../../shared/contracts';
import { CollectionChoice } from '../overview/CollectionChoice';
import { IndexState } from '../overview/IndexState';
import { useOverview } from '../overview/useOverview';
import { usePlace } from '../overview/usePlace';
import { PageTabs } from '../pages/PageTabs';
import { Failed } from '../shared/Failed';
import { useFormat } from '../shared/format';
import { Hint } from '../shared/Hint';
import { wordsOf } from '../shared/problems';
import { pathOf } from '../shared/titles';
import { ORPHAN, OTHER, type ContentGraph } from './contentGraph';
import { MapCanvas } from './MapCanvas';
import { MapTables } from './MapTables';
import { useMap } from './useMap';

/** Entries and what they suggest, as one picture. */
export function MapPage() {
  const format = useFormat();
  const { overview, problem, refresh } = useOverview();
  const [asked, go] = usePlace();
  const collections = overview?.collections ?? [];
  const figures =
    collections.find(({ uid, locale }) => uid === asked.uid && locale === asked.locale) ??
    collections.find(({ uid }) => uid === asked.uid) ??
    collections[0];
  return (
    <Main>
      <Page.Title>{format('pages.map')}</Page.Title>
      <Layouts.Header title={format('pages.map')} subtitle={format('map.subtitle')} />
      <Layouts.Content>
        <Flex direction="column" alignItems="stretch" gap={5} paddingBottom={8}>
          <PageTabs />
          {problem && <Failed text={wordsOf(problem, format)} retry={refresh} />}
          {overview && <IndexState index={overview.index} figures={figures} />}
          {collections.length > 1 && figures && (
            <CollectionChoice collections={collections} figures={figures} onChoose={go} />
          )}
          {overview && collections.length === 0 && (
            <Typography>{format('overview.nothing')}</Typography>
          )}
          {figures?.madeAt && <OneMap key={`${figures.uid} ${figures.locale}`} figures={figures} />}
        </Flex>
      </Layouts.Content>
    </Main>
  );
}

function OneMap({ figures: { uid, locale, madeAt } }: { figures: OverviewFigures }) {
  const format = useFormat();
  const navigate = useNavigate();
  // Stays as it was when the page was opened: a map must not change by itself.
  const [version, setVersion] = useState(`${madeAt}`);
  const { content, meta, problem } = useMap(uid, locale, version);
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(0);
  const found = useMemo(() => (content ? foundIn(content, search) : null), [content, search]);
  if (problem) return <Failed text={wordsOf(problem, format)} retry={() => setVersion(`${Date.now()}`)} />; // prettier-ignore
  if (!content || !meta) return null;
  const { graph, legend, hasOthers } = content;
  return (
    <>
      {graph.order < meta.total && (
        <Hint>{format('map.cut', { shown: graph.order, total: meta.total })}</Hint>
      )}
      <Flex gap={3} wrap="wrap" justifyContent="space-between">
        <SearchForm onSubmit={(event) => event.preventDefault()}>
          <Searchbar
            name="search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            onClear={() => setSearch('')}
            clearLabel={format('overview.clear')}
            placeholder={format('map.search')}
          >
            {format('map.search')}
          </Searchbar>
        </SearchForm>
        <span role="status">
          {found && <Hint>{format('map.found', { count: found.size })}</Hint>}
        </span>
        <Button variant="tertiary" onClick={() => setShown(shown + 1)}>
          {format('map.whole')}
        </Button>
      </Flex>
      <MapCanvas
        content={content}
        found={found}
        shown={shown}
        onOpen={({ documentId }) => navigate(pathOf(uid, documentId, locale ?? undefined))}
      />
      <Flex tag="ul" gap={4} wrap="wrap">
        {legend.map(({ group, color }) => (
          <Legend key={group} color={color} name={group} />
        ))}
        <Legend color={ORPHAN} name={format('map.orphan')} />
        {hasOthers && <Legend color={OTHER} name={format('map.other')} />}
      </Flex>
      <Hint>{format('map.how')}</Hint>
      <MapTables content={content} uid={uid} locale={locale} />
    </>
  );
}

function Legend({ color, name }: { color: string; name: string }) {
  return (
    <Flex tag="li" gap={1}>
      <Box
        width="1.2rem"
        height="1.2rem"
        borderRadius="50%"
        style={{ background: color }}
        aria-hidden
      />
      <Typography variant="pi">{name}</Typography>
    </Flex>
  );
}

/** The keys of entries whose titles have all these words; `null` without any. */
function foundIn({ graph }: ContentGraph, search: string): ReadonlySet<string> | null {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  const title = (key: string) => graph.getNodeAttribute(key, 'label').toLowerCase();
  return new Set(graph.filterNodes((key) => words.every((word) => title(key).includes(word))));
}
