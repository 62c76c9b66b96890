import { Box, Checkbox, Flex, Link, TextButton, Typography } from '@strapi/design-system';
import { CaretDown, CaretUp } from '@strapi/icons';
import { Link as RouterLink } from 'react-router-dom';

import { OVERVIEW_SORTS, type OverviewRow, type OverviewSort } from '../../../shared/contracts';
import { PlainTable } from '../shared/PlainTable';
import { Strength } from '../shared/Strength';
import { useFormat } from '../shared/format';
import { pathOf } from '../shared/titles';
import type { Place } from './usePlace';

interface EntriesTableProps {
  place: Place;
  rows: readonly OverviewRow[];
  selected: ReadonlySet<string>;
  onSelect(documentIds: readonly string[], isSelected: boolean): void;
  onSort(sort: string): void;
}

/** The entries behind a figure, and what stands out about each. */
export function EntriesTable({ place, rows, selected, onSelect, onSort }: EntriesTableProps) {
  const format = useFormat();
  const [sorted, order] = place.sort.split(':');
  const free = rows.filter(({ mayCurate }) => mayCurate).map(({ documentId }) => documentId);
  const chosen = free.filter((id) => selected.has(id));
  return (
    <PlainTable>
      <thead>
        <tr>
          <th>
            <Checkbox
              aria-label={format('overview.selectAll')}
              disabled={free.length === 0}
              checked={chosen.length === free.length && free.length > 0 ? true : chosen.length > 0 ? 'indeterminate' : false} // prettier-ignore
              onCheckedChange={(isChecked) => onSelect(free, isChecked === true)}
            />
          </th>
          {OVERVIEW_SORTS.map((sort) => (
            <th key={sort} scope="col" aria-sort={sorted === sort ? ORDERS[order] : undefined}>
              <TextButton
                onClick={() => onSort(nextSort(sort, place.sort))}
                endIcon={sorted === sort ? order === 'desc' ? <CaretDown /> : <CaretUp /> : null}
              >
                <Typography variant="sigma">{format(`overview.column.${sort}`)}</Typography>
              </TextButton>
            </th>
          ))}
          <th>
            <Typography variant="sigma">{format('overview.column.notes')}</Typography>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const { documentId, title, strength, length, appearsOn, mayCurate } = row;
          const name = title || format('untitled');
          return (
            <tr key={documentId}>
              <td>
                <Checkbox
                  aria-label={format('overview.select', { title: name })}
                  disabled={!mayCurate}
                  checked={selected.has(documentId)}
                  onCheckedChange={(isChecked) => onSelect([documentId], isChecked === true)}
                />
              </td>
              <td>
                <Box maxWidth="44rem">
                  <Link
                    tag={RouterLink}
                    to={pathOf(place.uid, documentId, place.locale ?? undefined)}
                  >
                    {name}
                  </Link>
                </Box>
              </td>
              <td>
                <Typography>{format.number(appearsOn)}</Typography>
              </td>
              <td>
                <Typography>{format.number(length)}</Typography>
              </td>
              <td>
                <Typography>{strength ? <Strength level={strength} /> : '–'}</Typography>
              </td>
              <td>
                <Notes row={row} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </PlainTable>
  );
}

function Notes({ row }: { row: OverviewRow }) {
  const format = useFormat();
  const { isHidden, pins, lostPins, deadLinks, duplicates } = row;
  const notes = [
    isHidden && format('overview.note.hidden'),
    pins > 0 && format('overview.note.pins', { count: pins }),
    lostPins > 0 && format('overview.note.lostPins', { count: lostPins }),
    deadLinks.length > 0 && format('overview.note.deadLinks', { links: deadLinks.join(', ') }),
    duplicates.length > 0 &&
      format('overview.note.duplicates', {
        titles: format.list(duplicates.map(({ title }) => title || format('untitled'))),
      }),
  ].filter((note) => note !== false);
  return (
    <Flex direction="column" alignItems="flex-start" maxWidth="40rem">
      {notes.map((note) => (
        <Typography key={note} variant="pi" textColor="neutral600">
          {note}
        </Typography>
      ))}
    </Flex>
  );
}

const ORDERS: Record<string, 'ascending' | 'descending'> = { asc: 'ascending', desc: 'descending' };

/** Reverses the order if the table is already sorted by this; otherwise, numbers begin with the highest. */
function nextSort(sort: OverviewSort, current: string): string {
  if (current === `${sort}:asc`) return `${sort}:desc`;
  if (current === `${sort}:desc`) return `${sort}:asc`;
  return sort === 'title' ? 'title:asc' : `${sort}:desc`;
}
