import { Flex, Link, Typography } from '@strapi/design-system';
import { Link as RouterLink } from 'react-router-dom';

import type { OverviewFigures, OverviewList } from '../../../shared/contracts';
import { useTypes } from '../panel/useTypes';
import { useMaySee } from '../permissions';
import { PLUGIN_ID } from '../pluginId';
import { Failed } from '../shared/Failed';
import { useFormat } from '../shared/format';
import { Hint } from '../shared/Hint';
import { wordsOf } from '../shared/problems';
import { useOverview } from './useOverview';

/** Lists that somebody should do something about. */
const TASKS: OverviewList[] = ['orphans', 'empty', 'lostPins', 'deadLinks'];

/** The figures of the largest collection, on Strapi's homepage. */
export function OverviewWidget() {
  const format = useFormat();
  // Loads the types, so that the first list that is opened from the homepage has its column.
  useTypes(useMaySee());
  const { overview, problem, refresh } = useOverview();
  const figures = overview && largest(overview.collections);
  // Not every Strapi release has its own components for widgets.
  if (problem && !overview) return <Failed text={wordsOf(problem, format)} retry={refresh} />;
  if (figures?.isTooLarge) return <Hint>{format('overview.tooLarge')}</Hint>;
  if (!overview || (figures && !figures.counts)) return <Hint>{format('overview.looking.first')}</Hint>; // prettier-ignore
  if (!figures?.counts) return <Hint>{format('overview.nothing')}</Hint>;
  const { uid, name, locale, counts } = figures;
  const { all, empty } = counts;
  const place = `/plugins/${PLUGIN_ID}?type=${uid}${locale ? `&locale=${locale}` : ''}`;
  return (
    <Flex direction="column" alignItems="stretch" gap={3} padding={2}>
      <Typography textColor="neutral600">
        {format('widget.coverage', {
          name: locale ? `${name}, ${format.language(locale)}` : name,
          covered: (all ?? 0) - (empty ?? 0),
          all: all ?? 0,
        })}
      </Typography>
      <Flex tag="ul" direction="column" alignItems="stretch" gap={2}>
        {TASKS.filter((task) => counts[task] !== null).map((task) => (
          <Flex tag="li" key={task} justifyContent="space-between">
            <Link tag={RouterLink} to={`${place}&list=${task}`}>
              {format(`overview.list.${task}`)}
            </Link>
            <Typography fontWeight="bold">{format.number(counts[task] ?? 0)}</Typography>
          </Flex>
        ))}
      </Flex>
    </Flex>
  );
}

const largest = (collections: readonly OverviewFigures[]): OverviewFigures | undefined =>
  [...collections].sort((a, b) => (b.counts?.all ?? 0) - (a.counts?.all ?? 0))[0];
