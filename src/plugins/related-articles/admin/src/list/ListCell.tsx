import { Flex, Typography } from '@strapi/design-system';
import { useEffect, useState } from 'react';

import type { ListFacts } from '../../../shared/contracts';
import { useFormat } from '../shared/format';
import { factsOf, useFactsVersion } from './facts';

interface ListCellProps {
  uid: string;
  documentId: string;
  locale: string | null;
}

/** Shows how many lists an entry is in, and what is wrong with its own. */
export function ListCell({ uid, documentId, locale }: ListCellProps) {
  const format = useFormat();
  const version = useFactsVersion();
  const [facts, setFacts] = useState<ListFacts | null>(null);
  useEffect(() => {
    let isGone = false;
    void factsOf(uid, locale, documentId).then((found) => isGone || setFacts(found));
    return () => {
      isGone = true;
    };
  }, [documentId, locale, uid, version]);
  if (!facts) return <Typography textColor="neutral600">–</Typography>;
  const { appearsOn, length, isHidden, lostPins, deadLinks } = facts;
  const problems = [
    isHidden && format('overview.note.hidden'),
    length === 0 && format('overview.list.empty'),
    lostPins > 0 && format('overview.note.lostPins', { count: lostPins }),
    deadLinks > 0 && format('overview.list.deadLinks'),
  ].filter((problem) => problem !== false);
  return (
    <Flex direction="column" alignItems="flex-start">
      <Typography textColor={appearsOn === 0 && !isHidden ? 'warning700' : 'neutral800'}>
        {appearsOn === 0 ? format('column.none') : format('column.lists', { count: appearsOn })}
      </Typography>
      {problems.length > 0 && (
        <Typography variant="pi" textColor="neutral600">
          {problems.join(' · ')}
        </Typography>
      )}
    </Flex>
  );
}
