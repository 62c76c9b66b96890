import {
  Box,
  Checkbox,
  Flex,
  Link,
  Table,
  Tbody,
  Td,
  TextButton,
  Th,
  Thead,
  Tr,
  Typography,
} from '@strapi/design-system';
import { CaretDown, CaretUp } from '@strapi/icons';
import { Link as RouterLink } from 'react-router-dom';

import { OVERVIEW_SORTS, type OverviewRow, type OverviewSort } from '../../../shared/contracts';
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
    <Table colCount={6} rowCount={rows.length + 1}>
      <Thead>
        <Tr>
          <Th>
            <Checkbox
              aria-label={format('overview.selectAll')}
              disabled={free.length === 0}
              checked={chosen.length === free.length && free.length > 0 ? true : chosen.length > 0 ? 'indeterminate' : false} // prettier-ignore
              onCheckedChange={(isChecked) => onSelect(free, isChecked === true)}
            />
          </Th>
          {OVERVIEW_SORTS.map((sort) => (
            <Th
              key={sort}
              role="columnheader"
              aria-sort={sorted === sort ? ORDERS[order] : undefined}
            >
              <TextButton
                onClick={() => onSort(nextSort(sort, place.sort))}
                endIcon={sorted === sort ? order === 'desc' ? <CaretDown /> : <CaretUp /> : null}
              >
                <Typography variant="sigma">{format(`overview.column.${sort}`)}</Typography>
              </TextButton>
            </Th>
          ))}
          <Th>
            <Typography variant="sigma">{format('overview.column.notes')}</Typography>
          </Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row) => {
          const { documentId, title, strength, length, appearsOn, mayCurate } = row;
          const name = title || format('untitled');
          return (
            <Tr key={documentId}>
              <Td>
                <Checkbox
                  aria-label={format('overview.select', { title: name })}
                  disabled={!mayCurate}
                  checked={selected.has(documentId)}
                  onCheckedChange={(isChecked) => onSelect([documentId], isChecked === true)}
                />
              </Td>
              <Td>
                <Box maxWidth="44rem">
                  <Link
                    tag={RouterLink}
                    to={pathOf(place.uid, documentId, place.locale ?? undefined)}
                  >
                    {name}
                  </Link>
                </Box>
              </Td>
              <Td>
                <Typography>{format.number(appearsOn)}</Typography>
              </Td>
              <Td>
                <Typography>{format.number(length)}</Typography>
              </Td>
              <Td>
                <Typography>{strength ? <Strength level={strength} /> : '–'}</Typography>
              </Td>
              <Td>
                <Notes row={row} />
              </Td>
            </Tr>
          );
        })}
      </Tbody>
    </Table>
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
